package jotta

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestUploadHostileAllocation(t *testing.T) {
	t.Parallel()
	at := func(pos int64) string {
		return fmt.Sprintf(`{"state":"INCOMPLETE","upload_url":"%%s/up","resume_pos":%d}`, pos)
	}
	to := func(address string) string { return `{"state":"INCOMPLETE","upload_url":"` + address + `"}` }
	tests := []struct {
		name, allocation string
		want             error
	}{
		{"resume_pos -1", at(-1), ErrBadAnswer},
		{"resume_pos size+1", at(8), ErrBadAnswer},
		{"resume_pos MaxInt64", at(math.MaxInt64), ErrBadAnswer},
		{"resume_pos MinInt64", at(math.MinInt64), ErrBadAnswer},
		{"resume_pos too big for int64", `{"state":"INCOMPLETE","resume_pos":9223372036854775808}`, ErrBadAnswer},
		{"state unknown", `{"state":"PROCESSING","upload_url":"%s/up"}`, ErrBadAnswer},
		{"state empty", `{}`, ErrBadAnswer},
		{"completed with another size", `{"state":"COMPLETED","bytes":8}`, ErrBadAnswer},
		{"no JSON", `<html>`, ErrBadAnswer},
		{"cut JSON", `{"state":"COMPL`, ErrBadAnswer},
		{"another host", to("https://evil.example/up"), ErrHostNotAllowed},
		{"looks like ours", to("https://jottacloud.com.evil.example/up"), ErrHostNotAllowed},
		{"ends like ours", to("https://eviljottacloud.com/up"), ErrHostNotAllowed},
		{"ours without TLS", to("http://up.jottacloud.com/up"), ErrHostNotAllowed},
		{"ours at another port", to("https://up.jottacloud.com:8443/up"), ErrHostNotAllowed},
		{"this machine at another port", to("http://127.0.0.1:1/up"), ErrHostNotAllowed},
		{"user in the address", to("https://u:p@up.jottacloud.com/up"), ErrHostNotAllowed},
		{"file", to("file:///etc/passwd"), ErrHostNotAllowed},
		{"opaque", to("https:up.jottacloud.com"), ErrHostNotAllowed},
		{"relative", to("/up"), ErrHostNotAllowed},
		{"empty", to(""), ErrHostNotAllowed},
		{"no address", to("http://[::1"), ErrBadAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(allocateRequest, answer(200, strings.ReplaceAll(tt.allocation, "%s", s.URL)))
			c, clock := newTestClient(t, s)
			_, err := c.Upload(t.Context(), textUpload("content"))
			if !errors.Is(err, tt.want) || len(s.requests) != 1 || len(clock.slept) > 0 {
				t.Errorf("got %v, want %v; %d requests", err, tt.want, len(s.requests))
			}
		})
	}
}

func TestUploadAnswerIsChecked(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"bytes":7,"md5":"` + someMD5 + `"}`,
		`{"bytes":8,"md5":"9a0364b9e99bb480dd25e1f0284c8555"}`,
		`{"bytes":7,"md5":""}`, `{"bytes":7}`, `{}`, ``, `null`,
	} {
		s := newScript(t)
		s.on(allocateRequest, s.allocated("INCOMPLETE", 0))
		s.on(uploadRequest, answer(200, body))
		c, _ := newTestClient(t, s)
		if _, err := c.Upload(t.Context(), textUpload("content")); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// An answer before the end of the body is none to an upload.
func TestUploadAnsweredTooEarly(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("x", 64<<20)
	s := newScript(t)
	early := http.NewServeMux()
	early.HandleFunc("POST /files/v1/allocate", s.allocated("INCOMPLETE", 0))
	early.HandleFunc("POST /up", stored(content))
	s.Config.Handler = early
	c, _ := newTestClient(t, s, func(o *Options) { o.Retries = 0 })
	if _, err := c.Upload(t.Context(), textUpload(content)); err == nil {
		t.Error("accepted")
	}
}
