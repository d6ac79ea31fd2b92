package jotta

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowTransport moves a byte every 25 seconds, first up, then down. What is handed over
// in memory goes up at once.
type slowTransport struct{ answer string }

func (s slowTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.GetBody == nil {
		if _, err := io.Copy(io.Discard, slowReader{req.Context(), req.Body}); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Body: io.NopCloser(slowReader{req.Context(), strings.NewReader(s.answer)}), Request: req,
	}, nil
}

type slowReader struct {
	ctx context.Context
	io.Reader
}

func (r slowReader) Read(p []byte) (int, error) {
	time.Sleep(25 * time.Second)
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p[:1])
}

// What is slow may take as long as it takes, in either direction.
func TestSlownessIsNoStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		u := textUpload("content")
		answer := `{"state":"INCOMPLETE","upload_url":"https://up.jottacloud.com/x","bytes":7,"md5":"` + u.MD5.String() + `"}`
		c, err := New(Options{Authorizer: BasicAuth("u1", "p"), Transport: slowTransport{answer}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Upload(t.Context(), u); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < time.Duration(u.Size+2*int64(len(answer)))*25*time.Second {
			t.Errorf("took %v only", took)
		}
	})
}

func TestStoppedContentIsNotRead(t *testing.T) {
	t.Parallel()
	u := textUpload("content")
	u.Content = boundedContent{t, u.Content, -1} // no read is allowed
	r := newContentReader(&uploading{Upload: u})
	r.stop()
	if n, err := r.Read(make([]byte, 10)); n > 0 || err == nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
}
