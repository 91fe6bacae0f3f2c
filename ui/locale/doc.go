// Package locale holds every word that Parley shows, in English and in
// Simplified Chinese, and writes times and days as the reader's locale does.
//
// The catalogue is the table of messages.go: one variable for each message,
// with both languages side by side, so that a message without a translation
// does not compile, and the linker drops what nobody shows. To add one, add a
// line there. {0}, {1} … stand for the arguments, which may come in another
// order in each language. What depends on a number is a Plural, where {n} is
// that number and {0}, {1} … are the other arguments. A place has a space before
// and after it in Chinese too, which goes where the argument is Chinese itself.
//
// Times come from the server and are written in the reader's time zone, in
// the browser by Intl.DateTimeFormat. Its formatters are costly to make and
// its calls cross from WebAssembly to JavaScript, so a Locale keeps both the
// formatters and what they wrote. Natively a plain replacement stands in, for
// tests.
//
// A Locale belongs to one goroutine, that of the user interface.
package locale
