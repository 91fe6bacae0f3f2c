// Package files keeps the contents of uploaded files in a directory, which it
// owns, or shares with other nodes, or in an object store that speaks S3. What is
// known about a file beside its content, who may read it, and when it goes, is
// the server's and the store's.
//
// # Blobs
//
// A content lies under a random name, its blob, with its thumbnail beside it:
//
//	tmp/          uploads that are not whole yet, each node's apart where it is shared
//	ab/abcd…      a blob, in a directory of its first two digits
//	ab/abcd….t    its thumbnail
//
// A blob never changes. It is synced, and its directory too, before Keep
// returns, so that a row that refers to it is never stored before it. What an
// upload that broke off has left is removed when it is discarded, or, after a
// crash, by Open.
//
// # What is promised of a content
//
//   - It is streamed to the disk, and never held in memory whole, but for a
//     picture while it is looked at.
//   - Its type is told by its first bytes, whatever its sender says.
//   - A type of Safe stands for what was checked: a picture was decoded, and a
//     film is not among the sounds. Whatever only looks like a picture, or needs
//     more memory than is spared for one, is application/octet-stream.
//   - A picture is turned upright and freed of what does not belong to its looks
//     (EXIF, XMP, IPTC, comments, whatever follows its end). One that stands
//     upright already loses nothing else: what is left out is cut out, without
//     encoding it anew. A turned one becomes a JPEG, or, if it is translucent, a
//     PNG. Colour profiles stay.
//   - Animations are kept as they are, but for their metadata. A thumbnail stands
//     still, and an animated WebP has none.
//   - Other files are kept byte for byte, metadata included.
//   - All pictures that are decoded at a time take at most decodeMemory
//     together. One that would take more alone is no picture. That allows for
//     about 50 megapixels of an ordinary JPEG, 20 of a progressive one, and 33
//     of a PNG or WebP.
package files
