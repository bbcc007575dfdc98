//! Reads a lobby in a reply (reference: the four Meeting Lobby routes). Messages and images go by the singular in one place of
//! the reference and by the plural in another: all four names are read.

use serde::Deserialize;

use crate::api::lenient::{List, Object, Scalar};
use crate::model::{Lobby, LobbyImage, LobbyKind};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LobbyWire<'a> {
    #[serde(borrow)]
    options: Object<Options<'a>>,
    message: List<Object<Entry<'a>>>,
    messages: List<Object<Entry<'a>>>,
    image: List<Object<Entry<'a>>>,
    images: List<Object<Entry<'a>>>,
    video: List<Object<Entry<'a>>>,
    audio: List<Object<Entry<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Options<'a> {
    #[serde(borrow)]
    message: Scalar<'a>,
    messages: Scalar<'a>,
    image: Scalar<'a>,
    images: Scalar<'a>,
    audio: Scalar<'a>,
    video: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry<'a> {
    #[serde(borrow)]
    text: Scalar<'a>,
    url: Scalar<'a>,
    caption: Scalar<'a>,
}

impl LobbyWire<'_> {
    pub(super) fn read(&self) -> Lobby {
        let urls = |list: &List<Object<Entry<'_>>>| list.objects().filter_map(|entry| entry.url.owned()).collect();
        let messages = || self.message.objects().chain(self.messages.objects());
        let images = || self.image.objects().chain(self.images.objects());
        let texts = messages().map(|entry| &entry.text).chain(images().map(|entry| &entry.caption));
        let image = |entry: &Entry<'_>| LobbyImage { url: entry.url.owned(), caption: entry.caption.owned() };
        Lobby {
            kind: self.options.0.as_ref().and_then(Options::kind),
            messages: messages().filter_map(|entry| entry.text.owned()).collect(),
            images: images().map(image).collect(),
            video: urls(&self.video),
            audio: urls(&self.audio),
            numbers: texts.into_iter().any(Scalar::is_number),
        }
    }
}

impl Options<'_> {
    /// Returns the option that is on. Messages and images come first, for sound behind them may be told as a second one.
    fn kind(&self) -> Option<LobbyKind> {
        let on = |option: &Scalar<'_>| option.flag() == Some(true);
        [
            (LobbyKind::Message, on(&self.message) || on(&self.messages)),
            (LobbyKind::Image, on(&self.image) || on(&self.images)),
            (LobbyKind::Video, on(&self.video)),
            (LobbyKind::Audio, on(&self.audio)),
        ]
        .into_iter()
        .find_map(|(kind, is_on)| is_on.then_some(kind))
    }
}

#[cfg(test)]
mod tests {
    use crate::api::wire::Body;
    use crate::model::{Lobby, LobbyImage, LobbyKind};

    fn lobby(block: &str) -> Option<Lobby> {
        Body::parse(format!(r#"{{"result":1,"lobby":{block}}}"#).as_bytes()).unwrap().lobby()
    }

    #[test]
    fn messages_and_images_are_read_under_all_four_names() {
        for (option, list) in [("messages", "message"), ("message", "message"), ("message", "messages")] {
            let block = format!(
                r#"{{"options":{{"{option}":"1"}},"{list}":[{{"text":" Welcome "}}],"audio":[{{"url":"u"}}]}}"#
            );
            let read = lobby(&block).unwrap();
            assert_eq!(read.kind, Some(LobbyKind::Message), "{block}");
            assert_eq!((read.messages, read.audio), (vec!["Welcome".to_owned()], vec!["u".to_owned()]), "{block}");
        }
        for (option, list) in [("images", "image"), ("image", "image"), ("image", "images")] {
            let block =
                format!(r#"{{"options":{{"{option}":true,"audio":1}},"{list}":[{{"url":"u","caption":"c"}}]}}"#);
            let read = lobby(&block).unwrap();
            let image = LobbyImage { url: Some("u".to_owned()), caption: Some("c".to_owned()) };
            assert_eq!((read.kind, read.images), (Some(LobbyKind::Image), vec![image]), "{block}");
        }
    }

    #[test]
    fn no_option_that_is_on_is_no_lobby() {
        for block in [
            "{}",
            "[]",
            "null",
            r#"{"options":{}}"#,
            r#"{"options":[]}"#,
            r#"{"options":{"messages":false,"video":"0"}}"#,
        ] {
            assert_eq!(lobby(block), None, "{block}");
        }
        let video = lobby(r#"{"options":{"video":1},"video":[{"url":"v","embed":"<iframe>"}]}"#).unwrap();
        assert_eq!((video.kind, video.video), (Some(LobbyKind::Video), vec!["v".to_owned()]));
    }
}
