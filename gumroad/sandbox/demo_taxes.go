package sandbox

// addTaxes gives the open store sums of the two years before its first sale, and tax forms: the last year's second one is
// not filed yet.
func (d *demo) addTaxes() {
	last := d.now.Year() - 1
	d.st.booked = map[int]bookings{
		last - 2: {gross: 1_284_300, fees: 178_412, taxes: 21_950, affiliates: 8_600},
		last - 1: {gross: 1_903_750, fees: 262_118, taxes: 40_275, affiliates: 15_300},
	}
	d.st.taxForms = []taxForm{
		{last - 2, form1099K, true}, {last - 1, form1099K, true}, {last, form1099K, true}, {last, form1099Misc, false},
	}
}
