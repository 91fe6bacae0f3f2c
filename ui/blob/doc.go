// Package blob is the content of files on their way: chosen by somebody,
// recorded, kept on this device until it is uploaded. In the browser a Blob is
// the browser's, which keeps large ones out of memory; elsewhere it is bytes.
//
// A Blob is immutable and may be used from several goroutines. The zero Blob is
// none.
package blob
