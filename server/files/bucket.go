package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"golang.org/x/sync/semaphore"
)

// bucket keeps blobs in an object store that speaks S3, under the names that
// they would have in a directory. What it has answered for is durable.
type bucket struct {
	client *minio.Client
	name   string
	prefix string // "" or ends with /
}

// patience bounds a call that no request waits for.
const patience = 5 * time.Minute

// OpenBucket opens a place in an object store, which nodes share:
//
//	s3://[KEY:SECRET@]HOST[:PORT]/BUCKET[/PREFIX][?region=…&tls=off]
//
// Without a key the environment names it (AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY). The bucket must be there. What is not whole yet lies in
// the directory parts, which is this node's alone, and is emptied.
func OpenBucket(ctx context.Context, address, parts string) (*Dir, error) {
	b, err := newBucket(address)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(parts), os.MkdirAll(parts, 0o700)); err != nil {
		return nil, fmt.Errorf("files: open %s: %w", parts, err)
	}
	there, err := b.client.BucketExists(ctx, b.name)
	if err == nil && !there {
		err = errors.New("there is no such bucket")
	}
	if err != nil {
		return nil, fmt.Errorf("files: open the bucket %s: %w", b.name, err)
	}
	return &Dir{parts: parts, bucket: b, decoding: semaphore.NewWeighted(decodeMemory)}, nil
}

func newBucket(address string) (*bucket, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" { // its text may hold the secret
		return nil, errors.New("files: an object store is s3://HOST/BUCKET")
	}
	b := &bucket{}
	b.name, b.prefix, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	if b.name == "" {
		return nil, errors.New("files: an object store is s3://HOST/BUCKET")
	}
	if b.prefix != "" {
		b.prefix += "/"
	}
	keys := credentials.NewEnvAWS()
	if u.User != nil {
		secret, _ := u.User.Password()
		keys = credentials.NewStaticV4(u.User.Username(), secret, "")
	}
	b.client, err = minio.New(u.Host, &minio.Options{
		Creds: keys, Secure: u.Query().Get("tls") != "off", Region: u.Query().Get("region"),
	})
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return b, nil
}

// object names a blob, or its thumbnail.
func (b *bucket) object(blob string, thumb bool) (string, error) {
	if !isBlob(blob) {
		return "", fmt.Errorf("files: %q is no blob: %w", blob, fs.ErrNotExist)
	}
	if thumb {
		blob += thumbSuffix
	}
	return b.prefix + blob[:2] + "/" + blob, nil
}

// keep sends what lies at path.
func (b *bucket) keep(blob string, thumb bool, path string) error {
	name, err := b.object(blob, thumb)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = b.client.FPutObject(ctx, b.name, name, path, minio.PutObjectOptions{ContentType: Plain})
	return missing("keep", err)
}

func (b *bucket) open(blob string, thumb bool) (Content, error) {
	name, err := b.object(blob, thumb)
	if err != nil {
		return nil, err
	}
	// It lives as long as somebody reads it, who bounds that.
	object, err := b.client.GetObject(context.Background(), b.name, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, missing("open", err)
	}
	if _, err := object.Stat(); err != nil {
		return nil, errors.Join(missing("open", err), object.Close())
	}
	return object, nil
}

func (b *bucket) remove(blob string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, thumb := range []bool{false, true} {
		name, err := b.object(blob, thumb)
		if err != nil {
			return err
		}
		err = missing("remove", b.client.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{}))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// stale is Dir.Stale.
func (b *bucket) stale(ctx context.Context, before time.Time, fn func(blob string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // which ends the listing
	for object := range b.client.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if object.Err != nil {
			return missing("list", object.Err)
		}
		blob := strings.TrimSuffix(object.Key[strings.LastIndexByte(object.Key, '/')+1:], thumbSuffix)
		if !isBlob(blob) || !object.LastModified.Before(before) {
			continue
		}
		if err := fn(blob); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// missing turns an error of the object store into one of this package's.
func missing(what string, err error) error {
	if err == nil {
		return nil
	}
	switch answer := minio.ToErrorResponse(err); {
	case answer.StatusCode == http.StatusNotFound:
		err = fmt.Errorf("%w (%v)", fs.ErrNotExist, err)
	case answer.StatusCode == http.StatusInsufficientStorage:
		err = fmt.Errorf("%w (%v)", ErrFull, err)
	}
	return fmt.Errorf("files: %s: %w", what, err)
}
