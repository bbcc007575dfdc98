//! Hands a finished mail to an SMTP server, or puts it into a folder where there is none.
