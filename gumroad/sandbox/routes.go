package sandbox

// routes are the API, first match wins. Path parameters are named as the server names them.
var routes = []route{
	{methods: "GET", pattern: "/user", access: publicRead, run: showUser},
	{methods: "GET", pattern: "/categories", access: publicRead, run: listTaxonomy, since26: true},

	{methods: "GET", pattern: "/products", access: publicRead, run: listProducts},
	{methods: "POST", pattern: "/products", access: editProducts, run: createProduct, write: true},
	{methods: "GET", pattern: "/products/comps", access: publicRead, run: compareProducts, since26: true},
	{methods: "GET", pattern: "/products/:link_id", access: publicRead, run: withProduct(showProduct)},
	{methods: "PUT|PATCH", pattern: "/products/:link_id", access: editProducts, run: updateProduct, write: true},
	{methods: "DELETE", pattern: "/products/:link_id", access: editProducts, run: withProduct(deleteProduct), write: true},
	{methods: "PUT", pattern: "/products/:link_id/enable", access: editProducts, run: withProduct(enableProduct), write: true},
	{methods: "PUT", pattern: "/products/:link_id/disable", access: editProducts, run: withProduct(disableProduct), write: true},

	{methods: "PUT", pattern: "/products/:link_id/bundle_contents", access: editProducts, run: withProduct(replaceBundle), write: true, since26: true},
	{methods: "GET", pattern: "/products/:link_id/reviews", access: publicRead, run: withProduct(listReviews), since26: true},
	{methods: "GET", pattern: "/products/:link_id/custom_html", access: publicRead, run: withLandingPages(showLandingPage), since26: true},
	{methods: "POST", pattern: "/products/:link_id/custom_html/edit", access: editProducts, run: withLandingPages(editLandingPage), write: true, since26: true},
	{methods: "POST", pattern: "/products/:link_id/preview_custom_html", access: editProducts, run: withLandingPages(previewLandingPage), since26: true},
	{methods: "POST", pattern: "/products/:link_id/covers", access: editProducts, run: withProduct(addCover), write: true, since26: true},
	{methods: "DELETE", pattern: "/products/:link_id/covers/:id", access: editProducts, run: withProduct(deleteCover), write: true, since26: true},
	{methods: "POST", pattern: "/products/:link_id/thumbnail", access: editProducts, run: withProduct(setThumbnail), write: true, since26: true},
	{methods: "DELETE", pattern: "/products/:link_id/thumbnail", access: editProducts, run: withProduct(deleteThumbnail), write: true, since26: true},

	{methods: "POST", pattern: "/files/presign", access: editProducts, run: presignFile, write: true, since26: true},
	{methods: "POST", pattern: "/files/complete", access: editProducts, run: completeFile, write: true, since26: true},
	{methods: "POST", pattern: "/files/abort", access: editProducts, run: abortFile, write: true, since26: true},
	{methods: "POST", pattern: "/direct_uploads", access: editProducts, narrow: directUploadScope, run: createDirectUpload, write: true, since26: true},

	{methods: "GET", pattern: "/media", access: publicRead, narrow: scope("view_profile"), run: listMedia, since26: true},
	{methods: "POST", pattern: "/media", access: publicRead, narrow: scope("edit_profile"), run: addMedia, write: true, since26: true},
	{methods: "DELETE", pattern: "/media/:id", access: publicRead, narrow: scope("edit_profile"), run: deleteMedia, write: true, since26: true},

	{methods: "GET", pattern: "/products/:link_id/offer_codes", access: publicRead, run: withProduct(listOfferCodes)},
	{methods: "POST", pattern: "/products/:link_id/offer_codes", access: editProducts, run: createOfferCode, write: true},
	{methods: "GET", pattern: "/products/:link_id/offer_codes/:id", access: publicRead, run: withOfferCode(showOfferCode)},
	{methods: "PUT|PATCH", pattern: "/products/:link_id/offer_codes/:id", access: editProducts, run: withOfferCode(updateOfferCode), write: true},
	{methods: "DELETE", pattern: "/products/:link_id/offer_codes/:id", access: editProducts, run: withOfferCode(deleteOfferCode), write: true},

	{methods: "GET", pattern: "/products/:link_id/custom_fields", access: publicRead, run: withProduct(listCustomFields)},
	{methods: "POST", pattern: "/products/:link_id/custom_fields", access: editProducts, run: withProduct(createCustomField), write: true},
	{methods: "PUT|PATCH", pattern: "/products/:link_id/custom_fields/:id", access: editProducts, run: withCustomField(updateCustomField), write: true},
	{methods: "DELETE", pattern: "/products/:link_id/custom_fields/:id", access: editProducts, run: withCustomField(deleteCustomField), write: true},

	{methods: "GET", pattern: "/products/:link_id/variant_categories", access: publicRead, run: withProduct(listCategories)},
	{methods: "POST", pattern: "/products/:link_id/variant_categories", access: editProducts, run: withProduct(createCategory), write: true},
	{methods: "GET", pattern: "/products/:link_id/variant_categories/:category_id", access: publicRead, run: withCategory(showCategory)},
	{methods: "PUT|PATCH", pattern: "/products/:link_id/variant_categories/:category_id", access: editProducts, run: withCategory(updateCategory), write: true},
	{methods: "DELETE", pattern: "/products/:link_id/variant_categories/:category_id", access: editProducts, run: withCategory(deleteCategory), write: true},

	{methods: "GET", pattern: "/products/:link_id/variant_categories/:category_id/variants", access: publicRead, run: withVariantsCategory(listVariants)},
	{methods: "POST", pattern: "/products/:link_id/variant_categories/:category_id/variants", access: editProducts, run: withVariantsCategory(createVariant), write: true},
	{methods: "GET", pattern: "/products/:link_id/variant_categories/:category_id/variants/:id", access: publicRead, run: withVariant(showVariant)},
	{methods: "PUT|PATCH", pattern: "/products/:link_id/variant_categories/:category_id/variants/:id", access: editProducts, run: withVariant(updateVariant), write: true},
	{methods: "DELETE", pattern: "/products/:link_id/variant_categories/:category_id/variants/:id", access: editProducts, run: withVariant(deleteVariant), write: true},

	{methods: "GET", pattern: "/products/:link_id/skus", access: publicRead, run: withProduct(listSKUs)},
	{methods: "GET", pattern: "/products/:link_id/subscribers", access: viewSales, run: withProduct(listSubscribers)},
	{methods: "GET", pattern: "/subscribers/:id", access: viewSales, run: showSubscriber},

	{methods: "GET", pattern: "/sales", access: viewSales, run: listSales},
	{methods: "GET", pattern: "/sales/summary", access: viewSales, run: summarizeSales, since26: true},
	{methods: "GET", pattern: "/sales/:id", access: viewSales, run: withSale(showSale)},
	{methods: "PUT", pattern: "/sales/:id/mark_as_shipped", access: shipSales, run: withSale(shipSale), write: true},
	{methods: "PUT", pattern: "/sales/:id/refund", access: refundSales, run: withSale(refundSale), write: true},
	{methods: "POST", pattern: "/sales/:id/resend_receipt", access: editSales, run: withSale(resendReceipt), write: true, since26: true},

	// Reading e-mails publishes those that are due, so it holds the store exclusively.
	{methods: "GET", pattern: "/emails", access: editEmails, run: listEmails, write: true, since26: true},
	{methods: "POST", pattern: "/emails", access: editEmails, run: createEmail, write: true, since26: true},
	{methods: "GET", pattern: "/emails/:id", access: editEmails, run: withEmail(showEmail), write: true, since26: true},
	{methods: "POST", pattern: "/emails/:id/preview", access: editEmails, run: withEmail(previewEmail), write: true, since26: true},
	{methods: "POST", pattern: "/emails/:id/send", access: editEmails, run: withEmail(sendEmail), write: true, since26: true},
	{methods: "POST", pattern: "/emails/:id/schedule", access: editEmails, run: withEmail(scheduleEmail), write: true, since26: true},
	{methods: "POST", pattern: "/emails/:id/unschedule", access: editEmails, run: withEmail(unscheduleEmail), write: true, since26: true},
	{methods: "DELETE", pattern: "/emails/:id", access: editEmails, run: withEmail(deleteEmail), write: true, since26: true},

	{methods: "GET", pattern: "/workflows", access: editEmails, run: listWorkflows, since26: true},
	{methods: "GET", pattern: "/workflows/:id", access: editEmails, run: showWorkflow, since26: true},
	{methods: "POST", pattern: "/workflows/:workflow_id/emails", access: editEmails, run: withOwnWorkflow(addStep), write: true, since26: true},
	{methods: "PUT", pattern: "/workflows/:workflow_id/emails/:email_id", access: editEmails, run: withOwnWorkflow(updateStep), write: true, since26: true},

	{methods: "GET", pattern: "/upsells", access: publicRead, run: listUpsells, since26: true},
	{methods: "POST", pattern: "/upsells", access: editProducts, run: createUpsell, write: true, since26: true},
	{methods: "GET", pattern: "/upsells/:id", access: publicRead, run: withUpsell(showUpsell), since26: true},
	{methods: "PUT|PATCH", pattern: "/upsells/:id", access: editProducts, run: withUpsell(updateUpsell), write: true, since26: true},
	{methods: "DELETE", pattern: "/upsells/:id", access: editProducts, run: withUpsell(deleteUpsell), write: true, since26: true},

	{methods: "GET", pattern: "/payouts", access: viewPayouts, run: listPayouts, since26: true},
	{methods: "GET", pattern: "/payouts/upcoming", access: viewPayouts, run: listUpcomingPayouts, since26: true},
	{methods: "GET", pattern: "/payouts/:id", access: viewPayouts, run: showPayout, since26: true},

	{methods: "GET", pattern: "/refund_policy", access: publicRead, run: showRefundPolicy, since26: true},
	{methods: "PUT|PATCH", pattern: "/refund_policy", access: editProducts, run: updateRefundPolicy, write: true, since26: true},

	{methods: "GET", pattern: "/earnings", access: viewTaxData, run: withTaxCentre(showEarnings), since26: true},
	{methods: "GET", pattern: "/tax_forms", access: viewTaxData, run: withTaxCentre(listTaxForms), since26: true},
	{methods: "GET", pattern: "/tax_forms/:year/:tax_form_type/download", access: viewTaxData, run: withTaxCentre(downloadTaxForm), since26: true},

	{methods: "GET", pattern: "/help/articles", access: publicRead, run: listHelpArticles, since26: true},
	{methods: "GET", pattern: "/help/articles/:slug", access: publicRead, run: showHelpArticle, since26: true},

	{methods: "POST", pattern: "/licenses/verify", access: anyone, run: verifyLicense, write: true},
	{methods: "PUT", pattern: "/licenses/enable", access: editProducts, run: withOwnLicense(enableLicense), write: true},
	{methods: "PUT", pattern: "/licenses/disable", access: editProducts, run: withOwnLicense(disableLicense), write: true},
	{methods: "PUT", pattern: "/licenses/decrement_uses_count", access: editProducts, run: withOwnLicense(decrementLicense), write: true},
	{methods: "PUT", pattern: "/licenses/rotate", access: editProducts, run: withOwnLicense(rotateLicense), write: true, since26: true},

	{methods: "GET", pattern: "/resource_subscriptions", access: viewSales, run: listResourceSubscriptions},
	{methods: "PUT", pattern: "/resource_subscriptions", access: viewSales, run: createResourceSubscription, write: true},
	{methods: "DELETE", pattern: "/resource_subscriptions/:id", access: viewSales, run: deleteResourceSubscription, write: true},
}
