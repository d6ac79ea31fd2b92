package emulator

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func startSecure(t *testing.T, options Options) *Running {
	t.Helper()
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	running, err := StartTLS(s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return running
}

// trusting is a client that trusts the authority of the file, at a time, and that asks
// the proxy for what is not on this machine.
func trusting(t *testing.T, file string, now time.Time, proxy string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if body := mustRead(t, file); !roots.AppendCertsFromPEM(body) {
		t.Fatalf("%s holds no certificate", file)
	}
	through, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Time: func() time.Time { return now }}}
	if proxy != "" {
		transport.Proxy = http.ProxyURL(through)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func fetch(t *testing.T, client *http.Client, method, address, token, body string) string {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestServesHTTPS(t *testing.T) {
	t.Parallel()
	running := startSecure(t, testOptions(t))
	defer func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := running.Server()
	direct := trusting(t, s.AuthorityFile(), fixedNow, "")
	mustContain(t, running.URL, "https://127.0.0.1:")
	mustContain(t, fetch(t, direct, "GET", running.URL+"/jfs/u1", s.Token(), ""), "<username>u1</username>")
	mustContain(t, fetch(t, direct, "GET", strings.Replace(running.URL, "127.0.0.1", "localhost", 1)+"/jfs/u1", s.Token(), ""), "<username>u1</username>")
	mustContain(t, fetch(t, &http.Client{Transport: new(http.Transport)}, "GET", running.URL+"/jfs/u1", s.Token(), ""), "certificate")

	// The hosts that clients have built in, through it as a proxy. What it hands out is
	// on them, and over https.
	proxied := trusting(t, s.AuthorityFile(), fixedNow, running.URL)
	for _, host := range []string{"jfs", "api", "up", "id", "www"} {
		mustContain(t, fetch(t, proxied, "GET", "https://"+host+".jottacloud.com/jfs/u1", s.Token(), ""), "<username>u1</username>")
	}
	fetch(t, proxied, "POST", "https://jfs.jottacloud.com/jfs/u1/mybox/backup", s.Token(), "")
	mustContain(t, fetch(t, proxied, "POST", "https://api.jottacloud.com/files/v1/allocate", s.Token(),
		`{"path":"/jfs/mybox/backup/a","bytes":3,"md5":"`+sumOf("abc")+`"}`), `"upload_url":"https://api.jottacloud.com/files/v1/upload/`)
	mustContain(t, fetch(t, proxied, "GET", "https://id.jottacloud.com/auth/realms/jottacloud/.well-known/openid-configuration", "", ""),
		`"token_endpoint":"https://id.jottacloud.com/`)
	for _, elsewhere := range []string{"https://example.org/", "https://127.0.0.1:22/", "https://jfs.jottacloud.com:22/"} {
		mustContain(t, fetch(t, proxied, "GET", elsewhere, "", ""), "Forbidden")
	}
}

func TestCertificateIsKeptAndRenewed(t *testing.T) {
	t.Parallel()
	options := testOptions(t)
	now := fixedNow
	options.Now = func() time.Time { return now }
	at := func(name string) string { return filepath.Join(options.Directory, name) }
	start := func() (authority, certificate string) {
		t.Helper()
		running := startSecure(t, options)
		defer running.Close()
		client := trusting(t, running.Server().AuthorityFile(), now, "")
		mustContain(t, fetch(t, client, "GET", running.URL+"/jfs/u1", running.Server().Token(), ""), "<username>u1</username>")
		return string(mustRead(t, at(authorityName))), string(mustRead(t, at(certificateName)))
	}
	authority, certificate := start()
	mustNotContain(t, authority, "KEY")
	for _, name := range []string{authorityName, authorityKeyName, certificateName} {
		if info, err := os.Stat(at(name)); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if a, c := start(); a != authority || c != certificate {
		t.Error("what was kept is not used")
	}
	now = now.Add(certificateLifetime - renewBefore + time.Hour)
	if a, c := start(); a != authority || c == certificate {
		t.Error("the certificate is not renewed by the same authority")
	}
	for _, spoiled := range []string{authorityName, authorityKeyName} {
		if err := os.WriteFile(at(spoiled), []byte("cut short"), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, c := start(); a == authority || c == certificate {
			t.Errorf("with a spoiled %s nothing is made anew", spoiled)
		}
		authority, certificate = start()
	}
	now = now.Add(authorityLifetime)
	if a, _ := start(); a == authority {
		t.Error("the authority is not renewed")
	}
}

// Who trusts the authority trusts it for the emulator alone, whoever finds its key.
func TestAuthoritySignsForNothingElse(t *testing.T) {
	t.Parallel()
	d, err := openDirectory(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	signer, err := d.authority(fixedNow)
	if err != nil {
		t.Fatal(err)
	}
	for name, right := range map[string]bool{"jfs.jottacloud.com": true, "localhost": true, "example.org": false, "jottacloud.com": false} {
		template, err := newTemplate("x", fixedNow, certificateLifetime)
		if err != nil {
			t.Fatal(err)
		}
		template.DNSNames = []string{name}
		key, _, err := newKey()
		if err != nil {
			t.Fatal(err)
		}
		signed, err := x509.CreateCertificate(nil, template, signer.certificate, key.Public(), signer.key)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(signed)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(signer.certificate)
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: fixedNow}); right != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
