package jotta

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// worthResuming is the size from which it pays to ask first what an earlier run left.
const worthResuming = 1 << 20

// tryLegacyInstead is for a service that seems to know no allocation. That is only
// believed, and remembered, once the old way has succeeded.
func (u *uploading) tryLegacyInstead(ctx context.Context, refused error) error {
	err := u.tryLegacy(ctx)
	switch {
	case err == nil:
		u.client.noteNoAllocation()
	case isNotOffered(err):
		return refused // it knows the old way even less
	}
	return err
}

// tryLegacy makes the path hold the content by its checksum alone, or else sends what
// is missing, as was done before there was allocation.
func (u *uploading) tryLegacy(ctx context.Context) error {
	held, err := u.link(ctx)
	switch {
	case err != nil:
		return err
	case held:
		return u.nothingToSend()
	}
	position, err := u.arrived(ctx)
	if err != nil {
		return err
	}
	u.goOnFrom(position)
	err = u.postLegacy(ctx, position)
	if errors.Is(err, ErrNotFound) && !u.parentMade {
		u.parentMade = true
		if err := u.makeParent(ctx, err); err != nil {
			return err
		}
		return u.postLegacy(ctx, position)
	}
	return err
}

// link asks for content that the account has, here or elsewhere, without sending it.
func (u *uploading) link(ctx context.Context) (bool, error) {
	to, err := u.jfsURL(ctx, u.Path)
	if err != nil {
		return false, err
	}
	to.RawQuery = "cphash=true"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), nil)
	if err != nil {
		return false, err
	}
	req.Header = u.legacyHeader()
	resp, err := u.send(ctx, req)
	if errors.Is(err, ErrNotFound) || isNotOffered(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	var file fileXML
	err = readAnswer(resp.Body, func(text []byte) error { return xml.Unmarshal(text, &file) })
	if errors.Is(err, ErrBadAnswer) {
		return false, nil // the bytes, and the answer to them, will tell
	}
	return file.holds(u.Upload), err
}

// arrived returns how much of the content the service has from an attempt that broke.
func (u *uploading) arrived(ctx context.Context) (int64, error) {
	if !u.tried && u.Size < worthResuming {
		return 0, nil
	}
	at, err := u.jfsURL(ctx, u.Path)
	if err != nil {
		return 0, err
	}
	var file fileXML
	err = u.getXML(ctx, at, &file)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrBadAnswer) {
		return 0, nil
	}
	return file.arrived(u.Upload), err
}

// postLegacy sends the bytes. Without all of them the service goes on where the
// incomplete revision ends; that it heeds the Range as well is not known [?].
func (u *uploading) postLegacy(ctx context.Context, from int64) error {
	user, err := u.user(ctx)
	if err != nil {
		return err
	}
	address := u.client.uploadBase() + escapePath(user) + u.Path.escape() + "?umode=nomultipart"
	return u.transfer(ctx, address, from, u.legacyHeader(), u.acceptXML)
}

// acceptXML checks the answer to an upload without allocation: it is a success of HTTP
// whatever became of the content.
func (u *uploading) acceptXML(body io.Reader) error {
	var file fileXML
	if err := readAnswer(body, func(text []byte) error { return xml.Unmarshal(text, &file) }); err != nil {
		return err
	}
	state := harmless(file.Latest.State, 40)
	switch {
	case file.holds(u.Upload):
		return nil
	case file.Latest.is(u.MD5), state == stateCorrupt: // a corrupt one has no MD5, or the announced one
		// What was sent had the right hash, so what arrived was cut or damaged.
		return temporaryError{fmt.Errorf("all was sent, and the service says %q", state)}
	}
	return fmt.Errorf("%w: it stored %d bytes with the MD5 %q as %q instead of %d with %v", ErrBadAnswer,
		file.Current.Size, harmless(file.Current.MD5, 40), harmless(file.Current.State, 40), u.Size, u.MD5)
}

// makeParent creates the folder that the file is to be in, which missing says is not
// there.
func (u *uploading) makeParent(ctx context.Context, missing error) error {
	parent, inFolder := u.Path.parent()
	if !inFolder {
		return missing
	}
	at, err := u.jfsURL(ctx, parent)
	if err != nil {
		return err
	}
	at.RawQuery = "mkDir=true"
	return u.exchange(ctx, http.MethodPost, at, nil, func([]byte) error { return nil })
}

func (u *uploading) legacyHeader() http.Header {
	created := u.Created
	if created.IsZero() {
		created = u.Modified
	}
	header := http.Header{}
	header.Set("JMd5", u.MD5.String())
	header.Set("JSize", strconv.FormatInt(u.Size, 10))
	header.Set("JCreated", jfsTime(created))
	header.Set("JModified", jfsTime(u.Modified))
	return header
}

// jfsTimeLayout has a hyphen before the T, and an offset without a colon.
const jfsTimeLayout = "2006-01-02-T15:04:05Z0700"

func jfsTime(t time.Time) string { return clampYear(t).Format(jfsTimeLayout) }

// fileXML is what JFS says of one file.
type fileXML struct {
	XMLName struct{}    `xml:"file"`
	Deleted *string     `xml:"deleted,attr"`    // any value: it is in the trash
	Current revisionXML `xml:"currentRevision"` // the newest complete one
	Latest  revisionXML `xml:"latestRevision"`  // a newer one that is not complete
}

type revisionXML struct {
	State string `xml:"state"`
	Size  int64  `xml:"size"` // of an incomplete one: what has arrived
	MD5   string `xml:"md5"`
}

func (x *fileXML) holds(u Upload) bool {
	return x.Deleted == nil && x.Current.State == stateCompleted && x.Current.is(u.MD5) && x.Current.Size == u.Size
}

// arrived is the position from which to go on. Where nothing is missing and yet it is
// not complete, all is sent again.
func (x *fileXML) arrived(u Upload) int64 {
	if latest := x.Latest; latest.State == stateIncomplete && latest.is(u.MD5) && 0 < latest.Size && latest.Size < u.Size {
		return latest.Size
	}
	return 0
}

func (x *revisionXML) is(sum MD5) bool {
	got, err := ParseMD5(x.MD5)
	return err == nil && got == sum
}
