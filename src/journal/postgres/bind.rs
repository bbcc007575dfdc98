//! Gives each parameter of a statement its type, so that no statement has to be prepared under a name: what one leaves behind on a
//! connection would be another's behind a proxy that pools transactions.

use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_util::bytes::BytesMut;

/// A value whose type in the database is known here.
pub(super) trait Typed: ToSql + Sync {
    /// The type.
    fn of() -> Type;
}

/// A text. PostgreSQL keeps none with a NUL in it: that becomes the sign for what cannot be shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl ToSql for Text<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        if self.0.contains('\0') { self.0.replace('\0', "\u{fffd}").to_sql(ty, out) } else { self.0.to_sql(ty, out) }
    }

    fn accepts(ty: &Type) -> bool {
        <&str as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

macro_rules! typed {
    ($($rust:ty => $one:ident, $many:ident;)*) => {
        $(
            impl Typed for $rust {
                fn of() -> Type {
                    Type::$one
                }
            }
            impl Typed for Option<$rust> {
                fn of() -> Type {
                    Type::$one
                }
            }
            impl Typed for Vec<$rust> {
                fn of() -> Type {
                    Type::$many
                }
            }
            impl Typed for Vec<Option<$rust>> {
                fn of() -> Type {
                    Type::$many
                }
            }
        )*
    };
}

typed! {
    i64 => INT8, INT8_ARRAY;
    bool => BOOL, BOOL_ARRAY;
    Text<'_> => TEXT, TEXT_ARRAY;
    &[u8] => BYTEA, BYTEA_ARRAY;
}

/// A parameter with its type.
pub(super) type Bound<'a> = (&'a (dyn ToSql + Sync), Type);

/// Binds a value.
pub(super) fn bind<T: Typed>(value: &T) -> Bound<'_> {
    (value, T::of())
}

/// Binds values, in the order of their numbers in the statement.
macro_rules! bound {
    ($($value:expr),* $(,)?) => {
        &[$($crate::journal::postgres::bind::bind(&$value)),*]
    };
}
pub(super) use bound;

/// Binary values as the database takes them.
pub(super) fn slices(values: &[Vec<u8>]) -> Vec<&[u8]> {
    values.iter().map(Vec::as_slice).collect()
}
