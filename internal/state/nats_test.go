package state_test

import (
	"context"
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

// opened opens a NATS with other options than usual.
func opened(t *testing.T, urls []string, change func(*state.NATSOptions)) *state.NATS {
	t.Helper()
	o := state.NATSOptions{Name: "NATS", URLs: urls, Now: (&clock{}).now,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	change(&o)
	n, err := state.OpenNATS(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// uses carries out each operation that looks something up, and returns the errors.
func uses(t *testing.T, s state.State) map[string]error {
	errs := map[string]error{}
	note := func(what string, err error) { errs[what] = err }
	_, err := s.Claim(t.Context(), "used", start.Add(time.Hour))
	note("claim", err)
	note("enqueue", s.Enqueue(t.Context(), "used", nil))
	_, err = s.Append(t.Context(), "used", "id", nil)
	note("append", err)
	note("keep", s.Keep(t.Context(), "used", "id", "", strings.NewReader("x")))
	_, err = s.Reserve(t.Context(), "used", time.Millisecond)
	note("reserve", err)
	return errs
}

// TestNATSMakesWhatIsMissing, under the names that are wanted, unless it is not to.
func TestNATSMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	cluster := natsnode.Start(t, 1, "")
	js := directly(t, cluster.URLs())
	missing := opened(t, cluster.URLs(), func(o *state.NATSOptions) { o.Prefix, o.Create = "shop-1", state.NATSCreateNever })
	names := map[string]string{"claim": "KV_SHOP-1_ONCE", "reserve": "KV_SHOP-1_PACE", "enqueue": "SHOP-1_PINGS",
		"append": "SHOP-1_EVENTS", "keep": "OBJ_SHOP-1_EXPORTS"}
	for what, err := range uses(t, missing) {
		name := strings.TrimPrefix(names[what], "KV_")
		if err == nil || !strings.Contains(err.Error(), "no ") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: want an error that names %s, got %v", what, name, err)
		}
	}
	making := opened(t, cluster.URLs(), func(o *state.NATSOptions) { o.Prefix = "shop-1" })
	await(t, making)
	for what, err := range uses(t, making) {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	work(t, making, "used", func(context.Context, string) time.Duration { return 0 })
	until(t, "the message is handled", func() bool {
		waiting, err := making.Waiting(t.Context(), "used")
		return err == nil && waiting == 0
	})
	for _, name := range names {
		stream, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if kept := strings.HasPrefix(name, "KV_"); stream.CachedInfo().Config.AllowDirect != kept {
			t.Errorf("%s: direct get is %v", name, !kept)
		}
	}
	for what, err := range uses(t, missing) {
		if err != nil {
			t.Errorf("%s: what was made is not used: %v", what, err)
		}
	}
	files, err := js.ObjectStore(t.Context(), "SHOP-1_EXPORTS")
	if err != nil {
		t.Fatal(err)
	}
	if content, err := files.GetString(t.Context(), "used/id"); err != nil || content != "x" {
		t.Errorf("other programs read %q, error %v", content, err)
	}
}

// TestNATSStreams: those that exist are used as they are, where that will do.
func TestNATSStreams(t *testing.T) {
	t.Parallel()
	cluster := natsnode.Start(t, 1, "")
	js := directly(t, cluster.URLs())
	create := func(config jetstream.StreamConfig) {
		t.Helper()
		patience, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for {
			_, err := js.CreateOrUpdateStream(t.Context(), config)
			if err == nil {
				return
			}
			if patience.Err() != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	t.Run("a journal that others than its leader answer for is refused", func(t *testing.T) {
		create(jetstream.StreamConfig{Name: "A_EVENTS", Subjects: []string{"a.v1.ev.*.*"}, MaxMsgsPerSubject: 1, AllowDirect: true})
		n := opened(t, cluster.URLs(), func(o *state.NATSOptions) { o.Prefix = "a" })
		if _, err := n.Append(t.Context(), "tenant", "id", nil); err == nil || !strings.Contains(err.Error(), "A_EVENTS") {
			t.Errorf("want an error about A_EVENTS, got %v", err)
		}
	})
	t.Run("a full queue refuses until there is room", func(t *testing.T) {
		create(jetstream.StreamConfig{Name: "B_PINGS", Subjects: []string{"b.v1.ping.*"}, MaxMsgs: 2,
			Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew})
		n := opened(t, cluster.URLs(), func(o *state.NATSOptions) { o.Prefix = "b" })
		enqueue(t, n, "tenant", "a")
		enqueue(t, n, "tenant", "b")
		if err := n.Enqueue(t.Context(), "tenant", nil); err == nil {
			t.Error("a third was accepted")
		}
		stop := work(t, n, "tenant", func(context.Context, string) time.Duration { return 0 })
		shared{handles: []state.State{n}}.waiting(t, "tenant", 0)
		stop()
		enqueue(t, n, "tenant", "c")
	})
	t.Run("who reads from before the oldest entry is told", func(t *testing.T) {
		create(jetstream.StreamConfig{Name: "C_EVENTS", Subjects: []string{"c.v1.ev.*.*"}, MaxMsgsPerSubject: 1, MaxMsgs: 3})
		n := opened(t, cluster.URLs(), func(o *state.NATSOptions) { o.Prefix = "c" })
		for entry := range 5 {
			add(t, n, "tenant", fmt.Sprintf("id%d", entry), "")
		}
		for after, want := range map[uint64]string{0: "3 true", 1: "3 true", 2: "3 false", 4: "1 false", 9: "0 false"} {
			entries, gap, err := n.Read(t.Context(), "tenant", after, 10)
			if got := fmt.Sprint(len(entries), " ", gap); err != nil || got != want {
				t.Errorf("after %d: want %s, got %s (%v)", after, want, got, err)
			}
		}
	})
	t.Run("a message whose instance is gone comes to another", func(t *testing.T) {
		create(jetstream.StreamConfig{Name: "D_PINGS", Subjects: []string{"d.v1.ping.*"},
			Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew})
		if _, err := js.CreateConsumer(t.Context(), "D_PINGS", jetstream.ConsumerConfig{Durable: "verify",
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: 300 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		prefixed := func(o *state.NATSOptions) { o.Prefix = "d" }
		gone, other := opened(t, cluster.URLs(), prefixed), opened(t, cluster.URLs(), prefixed)
		enqueue(t, other, "tenant", "m")
		begun, ended := make(chan struct{}), make(chan error)
		go func() {
			ended <- gone.Work(t.Context(), func(context.Context, string, []byte) time.Duration {
				gone.Close()
				close(begun)
				return 0
			})
		}()
		<-begun
		if err := <-ended; err == nil {
			t.Error("work ended without an error")
		}
		work(t, other, "tenant", func(context.Context, string) time.Duration { return 0 })
		shared{handles: []state.State{other}}.waiting(t, "tenant", 0)
	})
}

// TestNATSComesBack: who watches and who works goes on after NATS was away.
func TestNATSComesBack(t *testing.T) {
	t.Parallel()
	cluster := natsnode.Start(t, 1, "")
	n, other := openNATS(t, cluster.URLs(), (&clock{}).now), openNATS(t, cluster.URLs(), (&clock{}).now)
	await(t, n, other)
	changed, stop := n.Changed("tenant")
	defer stop()
	idle, stopIdle := n.Changed("idle")
	defer stopIdle()
	var got handled
	work(t, n, "tenant", func(_ context.Context, message string) time.Duration {
		got.begin(message)
		defer got.end()
		return 0
	})
	add(t, other, "tenant", "before", "")
	<-changed
	<-idle // the value at the beginning
	for len(changed) > 0 {
		<-changed
	}
	cluster.Kill(0)
	if err := other.Enqueue(t.Context(), "tenant", nil); err == nil {
		t.Error("a message was accepted while NATS was away")
	}
	cluster.Restart(0)
	<-idle // something may have been missed
	await(t, other)
	<-changed
	add(t, other, "tenant", "after", "")
	<-changed
	enqueue(t, other, "tenant", "m")
	until(t, "the message is handled", func() bool { return got.all() == 1 })
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
	t.Run("the rights that the documentation names are enough", func(t *testing.T) {
		s := shared{clock: &clock{}, handles: []state.State{n, open(path, trusted)}}
		t.Run("claims", s.once)
		t.Run("queue", s.again)
		t.Run("journal", s.read)
		t.Run("time", s.seek)
		t.Run("watch", s.changed)
		t.Run("files", s.files)
		t.Run("undoing", s.brokenFile)
		t.Run("rate", s.rate)
		t.Run("signals", s.signals)
	})
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

// documentedRights are the subjects that docs/state.md lets the user of NATS do something with.
func documentedRights(t *testing.T, what string) (subjects jwt.StringList) {
	t.Helper()
	documentation, err := os.ReadFile("../../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(documentation), "\n# "+what+"\n")
	listed, _, ended := strings.Cut(after, "\n# ")
	if !found || !ended {
		t.Fatalf("the documentation has no list of what to %s", what)
	}
	return strings.Fields(listed)
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
	rights := jwt.NewUserClaims(userID) // those that docs/state.md names
	rights.Pub.Allow = documentedRights(t, "publish to")
	rights.Sub.Allow = documentedRights(t, "subscribe to")
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
