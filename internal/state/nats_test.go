package state_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/gumroad-mcp/gumroad-mcp/internal/state"
	"github.com/gumroad-mcp/gumroad-mcp/internal/testserver/natsnode"
)

// directly connects past the state.
func directly(t *testing.T, urls []string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(strings.Join(urls, ","), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// fails wants a state to answer that it cannot tell, and why.
func fails(t *testing.T, s state.State, id, why string) {
	t.Helper()
	first, err := s.Claim(t.Context(), id, start.Add(time.Hour))
	if err == nil || first || !strings.Contains(strings.ToLower(err.Error()), why) {
		t.Errorf("%s: want an error that says %q, got %t (%v)", id, why, first, err)
	}
}

// TestNATSIsAway: a server starts without NATS, refuses while NATS is away, and goes on when it is back.
func TestNATSIsAway(t *testing.T) {
	t.Parallel()
	until := start.Add(time.Hour)
	cluster := natsnode.Start(t, 1, "")
	cluster.Kill(0)
	n := openNATS(t, cluster.URLs(), (&clock{}).now)
	if err := n.Ready(t.Context()); err == nil {
		t.Error("it is ready without NATS")
	}
	fails(t, n, "early", "connection refused")
	cluster.Restart(0)
	await(t, n)
	if err := n.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if !claim(t, n, "kept", until) {
		t.Error("the first use was refused")
	}
	cluster.Kill(0)
	fails(t, n, "late", "")
	cluster.Restart(0)
	await(t, n)
	if claim(t, n, "kept", until) {
		t.Error("a use was forgotten over NATS's restart")
	}
	for _, id := range []string{"early", "late"} {
		if !claim(t, n, id, until) {
			t.Errorf("%s was spent after its call had failed", id)
		}
	}
}

// TestNATSBucket: the bucket of used consents is made where there is none, and has to keep them.
func TestNATSBucket(t *testing.T) {
	t.Parallel()
	cluster := natsnode.Start(t, 1, "")
	n := openNATS(t, cluster.URLs(), (&clock{}).now)
	await(t, n)
	js := directly(t, cluster.URLs())
	t.Run("one that was deleted is made again, after an error", func(t *testing.T) {
		if err := js.DeleteKeyValue(t.Context(), "GM_ONCE"); err != nil {
			t.Fatal(err)
		}
		fails(t, n, "id", "no response")
		await(t, n)
	})
	t.Run("one that forgets by itself is refused", func(t *testing.T) {
		if err := js.DeleteKeyValue(t.Context(), "GM_ONCE"); err != nil {
			t.Fatal(err)
		}
		config := jetstream.KeyValueConfig{Bucket: "GM_ONCE", TTL: time.Minute, LimitMarkerTTL: time.Minute}
		if _, err := js.CreateKeyValue(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		fails(t, openNATS(t, cluster.URLs(), (&clock{}).now), "id", "must have no ttl")
	})
}

// TestNATSLosesItsLeader races three instances for each consent, while the server that decides is killed.
func TestNATSLosesItsLeader(t *testing.T) {
	t.Parallel()
	const ids, atOnce, rivals = 300, 8, 2 // races, and what each instance sends to each of them
	cluster := natsnode.Start(t, 3, "")
	var instances []state.State
	for range 3 {
		instances = append(instances, openNATS(t, cluster.URLs(), (&clock{}).now))
	}
	await(t, instances...)
	until := start.Add(time.Hour)

	type uses struct{ first, refused, failed int }
	var (
		mu    sync.Mutex
		races = map[string]uses{}
		total uses
	)
	race := func(id string) {
		var group sync.WaitGroup
		for _, s := range instances {
			for range rivals {
				group.Go(func() {
					first, err := s.Claim(t.Context(), id, until)
					mu.Lock()
					defer mu.Unlock()
					u := races[id]
					for _, count := range []*uses{&u, &total} {
						switch {
						case err != nil:
							count.failed++
						case first:
							count.first++
						default:
							count.refused++
						}
					}
					races[id] = u
				})
			}
		}
		group.Wait()
	}
	run := func(phase string, ids int) {
		var group sync.WaitGroup
		for worker := range atOnce {
			group.Go(func() {
				for n := worker; n < ids; n += atOnce {
					race(fmt.Sprintf("%s%d", phase, n))
				}
			})
		}
		group.Wait()
	}
	run("before", ids)
	stream, err := directly(t, cluster.URLs()).Stream(t.Context(), "KV_GM_ONCE")
	if err != nil {
		t.Fatal(err)
	}
	leader := cluster.Named(stream.CachedInfo().Cluster.Leader)
	killed := make(chan struct{})
	go func() { cluster.Kill(leader); close(killed) }()
	for n := 0; total.failed == 0 && n < 100; n++ { // until the loss has met a race
		run(fmt.Sprintf("amid%d-", n), atOnce)
	}
	<-killed
	await(t, instances...)
	run("without", ids)
	cluster.Restart(leader)
	await(t, instances...)
	run("after", ids)

	for id, u := range races {
		switch {
		case u.first > 1:
			t.Errorf("%s was spent %d times", id, u.first)
		case u.first == 0 && u.failed == 0:
			t.Errorf("%s was refused although nobody had spent it", id)
		case u.first == 1 && claim(t, instances[0], id, until):
			t.Errorf("%s was forgotten", id)
		}
	}
	if total.failed == 0 {
		t.Error("no race met the loss of the leader")
	}
	t.Logf("%d races: %d first uses, %d refused, %d failed", len(races), total.first, total.refused, total.failed)
}

// TestNATSAsksForCredentials connects over TLS, to a server that knows its users by their JWT.
func TestNATSAsksForCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, content []byte) (path string) {
		path = filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key, trusted := certificateFor(t)
	credentials, accounts := userOf(t)
	config := fmt.Sprintf("%s\ntls { cert_file: %q, key_file: %q }\n", accounts,
		write("cert.pem", certificate), write("key.pem", key))
	cluster := natsnode.Start(t, 1, write("nats.conf", []byte(config)))
	open := func(credentials string, trusted *x509.CertPool) *state.NATS {
		n, err := state.OpenNATS(state.NATSOptions{Name: "NATS", URLs: cluster.URLs(), Credentials: credentials, CA: trusted,
			Now: (&clock{}).now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		return n
	}
	path := write("user.creds", credentials)
	n := open(path, trusted)
	await(t, n)
	if until := start.Add(time.Hour); !claim(t, n, "id", until) || claim(t, n, "id", until) {
		t.Error("the first use was not the first, or not the only one")
	}
	t.Run("it is refused without them", func(t *testing.T) {
		fails(t, open("", trusted), "id", "authorization")
	})
	t.Run("a server that nobody vouches for is refused", func(t *testing.T) {
		fails(t, open(path, x509.NewCertPool()), "id", "certificate")
	})
	t.Run("credentials that were renewed are used", func(t *testing.T) {
		strangers, _ := userOf(t)
		n := open(write("renewed.creds", strangers), trusted)
		fails(t, n, "id", "authorization")
		write("renewed.creds", credentials)
		await(t, n)
	})
}

// certificateFor makes a certificate for this machine, and who vouches for it.
func certificateFor(t *testing.T) (certificate, key []byte, trusted *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public})
	trusted = x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	return certificate, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), trusted
}

// userOf makes a user, and the part of a server's configuration that knows their account.
func userOf(t *testing.T) (credentials []byte, config string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pair := func(create func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
		t.Helper()
		keys, err := create()
		must(err)
		public, err := keys.PublicKey()
		must(err)
		return keys, public
	}
	operator, operatorID := pair(nkeys.CreateOperator)
	account, accountID := pair(nkeys.CreateAccount)
	_, systemID := pair(nkeys.CreateAccount)
	user, userID := pair(nkeys.CreateUser)
	operatorJWT, err := jwt.NewOperatorClaims(operatorID).Encode(operator)
	must(err)
	claims := jwt.NewAccountClaims(accountID)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	accountJWT, err := claims.Encode(operator)
	must(err)
	systemJWT, err := jwt.NewAccountClaims(systemID).Encode(operator)
	must(err)
	rights := jwt.NewUserClaims(userID) // those that docs/operating.md names
	rights.Pub.Allow = jwt.StringList{"$KV.GM_ONCE.>", "$JS.API.STREAM.INFO.KV_GM_ONCE", "$JS.API.DIRECT.GET.KV_GM_ONCE.>",
		"$JS.API.INFO", "$JS.API.STREAM.CREATE.KV_GM_ONCE"}
	rights.Sub.Allow = jwt.StringList{"_INBOX.gm.>"}
	userJWT, err := rights.Encode(account)
	must(err)
	seed, err := user.Seed()
	must(err)
	credentials, err = jwt.FormatUserConfig(userJWT, seed)
	must(err)
	return credentials, fmt.Sprintf(
		"operator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: { %s: %s, %s: %s }",
		operatorJWT, systemID, systemID, systemJWT, accountID, accountJWT)
}
