package settings

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

// Setting describes one setting, as declared by a field.
type Setting struct {
	Flag      string   // with its dashes; "" for a secret
	Variables []string // of the environment; the first that is set counts
	Help      string
	Default   string // the value that applies while none is given, or ""
	Unset     string // what applies if Default is "", in words
	rule      string // of check.go, or ""
	field     reflect.Value
}

// String is the setting's name in an error.
func (s Setting) String() string {
	variables := strings.Join(s.Variables, ", ")
	if s.Flag == "" {
		return variables
	}
	return s.Flag + " (" + variables + ")"
}

// short returns the setting's name as an error about another setting has it.
func (s Setting) short() string {
	if s.Flag == "" {
		return s.Variables[0]
	}
	return s.Flag
}

// List holds settings, which can be found by a pointer to their field.
type List []Setting

// Of returns the settings that structs declare, in their order. The structs are given as pointers.
func Of(structs ...any) List {
	var list List
	for _, declared := range structs {
		if common, ok := declared.(*Common); ok {
			list = append(list, Of(&common.Secrets)...)
		}
		parser, err := kong.New(declared, append(options(), kong.NoDefaultHelp())...)
		if err != nil {
			panic(err) // a tag is malformed, which is a fault of the program
		}
		_, secret := declared.(*Secrets)
		for _, flag := range parser.Model.Flags {
			s := Setting{Variables: flag.Envs, Help: flag.Help, Default: flag.Default, Unset: unset(flag.Value),
				rule: flag.Tag.Get("check"), field: flag.Target}
			if !secret {
				s.Flag = "--" + flag.Name
			}
			list = append(list, s)
		}
	}
	return list
}

// NewParser returns a parser of command lines that takes settings from flags and, where there is none, from env.
func NewParser(grammar any, env Environment, more ...kong.Option) (*kong.Kong, error) {
	environment := kong.Resolvers(kong.ResolverFunc(env.resolve))
	parser, err := kong.New(grammar, slices.Concat(options(), []kong.Option{environment}, more)...)
	if err != nil {
		return nil, err
	}
	// Kong would take the variables from the process as they are.
	return parser, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flag.Tag.Envs = nil
		}
		return next(nil)
	})
}

// options returns the options with which kong names settings and explains them.
func options() []kong.Option {
	return []kong.Option{
		kong.DefaultEnvars(prefix),
		defaults,
		kong.ValueFormatter(func(value *kong.Value) string {
			shown := *value
			if value.Flag != nil { // NewParser took its variables from the tag
				tag := *value.Tag
				tag.Envs = value.Flag.Envs
				shown.Tag = &tag
			}
			switch words := unset(value); words {
			case "", "off", "none": // these need no words
			default:
				shown.Help = strings.TrimSuffix(value.Help, ".") + " (default: " + words + ")."
			}
			return kong.DefaultHelpValueFormatter(&shown)
		}),
	}
}

// defaults are the default values that other packages declare. Tags refer to them by name.
var defaults = kong.Vars{
	"gateway_url":         gumroad.DefaultGatewayURL,
	"control_url":         gumroad.DefaultControlURL,
	"api_url":             gumroad.DefaultAPIURL,
	"requests_per_second": fmt.Sprint(gumroad.DefaultRequestsPerSecond),
	"timeout":             fmt.Sprintf("%gs", gumroad.DefaultTimeout.Seconds()),
	"tool_prefix":         tool.DefaultPrefix,
}

// unset says in words what applies while a setting is not given.
func unset(value *kong.Value) string {
	if value.IsBool() {
		return "off"
	}
	return os.Expand(value.Tag.Get("unset"), func(name string) string { return defaults[name] })
}

// SetDefault gives one command another default for the setting that field points to.
func SetDefault(parser *kong.Kong, field any, value string) {
	for _, flag := range parser.Model.Flags {
		if flag.Target.Addr().Interface() == field {
			flag.Default = value
		}
	}
}

// Wrong returns an error about the setting that field points to. Arguments that point to settings print as their names.
func (l List) Wrong(field any, format string, args ...any) error {
	at := l.index(field)
	if at < 0 {
		panic(fmt.Sprintf("no setting at %T", field))
	}
	return fmt.Errorf("%s: %w", l[at], fmt.Errorf(format, l.named(args)...))
}

// Sprintf is fmt.Sprintf, except that arguments which point to settings print as their names.
func (l List) Sprintf(format string, args ...any) string {
	return fmt.Sprintf(format, l.named(args)...)
}

func (l List) named(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		if at := l.index(arg); at >= 0 {
			args[i] = l[at].short()
		}
	}
	return args
}

func (l List) index(field any) int {
	return slices.IndexFunc(l, func(s Setting) bool { return s.field.Addr().Interface() == field })
}

// check applies to every setting the rule that it is tagged with.
func (l List) check() error {
	for _, s := range l {
		if s.rule == "" {
			continue
		}
		if err := check(s.rule, s.field); err != nil {
			return l.Wrong(s.field.Addr().Interface(), "%w", err)
		}
	}
	return nil
}

// Arguments returns the command line that gives settings of Common their values, without those that are as by default.
func Arguments(c *Common) (arguments []string, err error) {
	byDefault := &Common{}
	parser, err := NewParser(byDefault, Environment{})
	if err != nil {
		return nil, err
	}
	if _, err := parser.Parse(nil); err != nil {
		return nil, err
	}
	defaults := Of(byDefault)
	for i, s := range Of(c) {
		value := s.field.Interface()
		if s.Flag == "" || reflect.DeepEqual(value, defaults[i].field.Interface()) {
			continue
		}
		switch value := value.(type) {
		case bool:
			arguments = append(arguments, s.Flag)
		case []string:
			arguments = append(arguments, s.Flag+"="+kong.JoinEscaped(value, ','))
		case time.Time:
			arguments = append(arguments, s.Flag+"="+value.Format(time.RFC3339))
		default:
			arguments = append(arguments, s.Flag+"="+fmt.Sprint(value))
		}
	}
	return arguments, nil
}
