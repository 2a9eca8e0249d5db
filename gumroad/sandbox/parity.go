package sandbox

import (
	"slices"
	"strings"
)

// parityCountries are those Gumroad knows a price level of: nearly all of ISO 3166.
var parityCountries = strings.Fields(`
	AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
	CD CF CG CH CI CK CL CM CN CO CR CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
	GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IS IT JE JM JO JP KE KG KH
	KI KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
	MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
	SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
	UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)

// parityFactors completes the factors given with made-up ones of every other country, between 0.4 and 1.
func parityFactors(given ...pppFactor) []pppFactor {
	all := make([]pppFactor, 0, len(parityCountries))
	for _, country := range parityCountries {
		factor := pppFactor{country, 0.4 + 0.05*float64((int(country[0])*7+int(country[1]))%13)}
		if i := slices.IndexFunc(given, func(f pppFactor) bool { return f.country == country }); i >= 0 {
			factor = given[i]
		}
		all = append(all, factor)
	}
	return all
}
