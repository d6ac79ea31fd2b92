package emulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// What https needs of the cloud's folder.
const (
	authorityName    = "authority.pem" // the certificate that clients are to trust
	authorityKeyName = "authority.key"
	certificateName  = "server.pem" // the server's certificate and its key
)

const (
	authorityLifetime   = 10 * 365 * 24 * time.Hour
	certificateLifetime = 365 * 24 * time.Hour
	renewBefore         = 30 * 24 * time.Hour
	clockSkew           = 24 * time.Hour // clocks may differ
)

// hostNames are those that the certificate is for: JottaCloud's, which a hosts file or
// a proxy may lead here, and this machine's own.
func hostNames() []string {
	return []string{
		"jfs.jottacloud.com", "api.jottacloud.com", "up.jottacloud.com", "id.jottacloud.com", "www.jottacloud.com", "localhost",
	}
}

func hostAddresses() []net.IP { return []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback} }

// authority signs the server's certificate. It is made for one cloud and can sign for
// nothing but what the emulator can be, so that to trust it is to risk little.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// AuthorityFile is the certificate of the authority that signs for the server; it is
// there once StartTLS has returned.
func (s *Server) AuthorityFile() string { return filepath.Join(s.options.Directory, authorityName) }

// certificate returns the server's certificate, kept from an earlier start or new.
func (d *directory) certificate(now time.Time) (tls.Certificate, error) {
	signer, err := d.authority(now)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make authority: %w", err)
	}
	body, err := d.root.ReadFile(certificateName)
	if err == nil {
		if kept, err := tls.X509KeyPair(body, body); err == nil && signer.vouchesFor(kept.Leaf, now.Add(renewBefore)) {
			return kept, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return tls.Certificate{}, err
	}
	body, err = signer.issue(now)
	if err == nil {
		err = d.replace(certificateName, body)
	}
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.X509KeyPair(body, body)
}

// authority returns the one that is kept, or a new one if there is none that can be used.
func (d *directory) authority(now time.Time) (*authority, error) {
	certificate, err := d.root.ReadFile(authorityName)
	key, keyErr := d.root.ReadFile(authorityKeyName)
	for _, err := range []error{err, keyErr} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err == nil && now.Add(renewBefore).Before(pair.Leaf.NotAfter) {
		if private, ok := pair.PrivateKey.(*ecdsa.PrivateKey); ok {
			return &authority{pair.Leaf, private}, nil
		}
	}
	return d.newAuthority(now)
}

func (d *directory) newAuthority(now time.Time) (*authority, error) {
	template, err := newTemplate("jottarun emulator's own authority", now, authorityLifetime)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.MaxPathLenZero = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = hostNames()
	for _, ip := range hostAddresses() {
		bits := 8 * len(ip)
		template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
	}
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.replace(authorityKeyName, keyPEM), d.replace(authorityName, certificatePEM(signed))); err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(signed)
	return &authority{certificate, key}, err
}

// issue makes a certificate and its key for the server.
func (a *authority) issue(now time.Time) ([]byte, error) {
	template, err := newTemplate("jottarun emulator", now, certificateLifetime)
	if err != nil {
		return nil, err
	}
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames, template.IPAddresses = hostNames(), hostAddresses()
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	return append(certificatePEM(signed), keyPEM...), err
}

// vouchesFor says that clients which trust the authority take the certificate at that
// time, whichever name they use.
func (a *authority) vouchesFor(leaf *x509.Certificate, at time.Time) bool {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	names := hostNames()
	for _, ip := range hostAddresses() {
		names = append(names, ip.String())
	}
	for _, name := range names {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: at}); err != nil {
			return false
		}
	}
	return true
}

func newTemplate(name string, now time.Time, lifetime time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: now.Add(-clockSkew), NotAfter: now.Add(lifetime),
	}, err
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	body, err := x509.MarshalPKCS8PrivateKey(key)
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: body}), err
}

func certificatePEM(signed []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
}
