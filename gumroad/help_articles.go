package gumroad

import (
	"context"
	"net/http"
)

// HelpArticle is an article of Gumroad's help centre. Only one that is read by itself has its content, of which Gumroad
// sends the first 12,000 characters (reference: "Help articles").
type HelpArticle struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Category    string `json:"category,omitempty"`
	Audience    string `json:"audience,omitempty"`
	URL         string `json:"url,omitempty"`
	Content     string `json:"content,omitempty" text:"long"`
	Slug        string `json:"slug"`
}

// Envelope names the record.
func (HelpArticle) Envelope() (one, many string) { return "help_article", "help_articles" }

// RowID returns the slug, by which articles go.
func (a HelpArticle) RowID() string { return a.Slug }

// SearchHelpArticles is what an article is to be about.
type SearchHelpArticles struct {
	Query string `query:"query" json:"query,omitempty" jsonschema_description:"All words must occur."`
}

// SearchHelpArticles returns the articles that have all words of the query, those with the words in their titles and
// descriptions first; without a query, every article (help_articles_controller#index).
func (c *Client) SearchHelpArticles(ctx context.Context, in SearchHelpArticles) (Page[HelpArticle], error) {
	return do[Page[HelpArticle]](ctx, c, http.MethodGet, "/help/articles", in)
}

// HelpArticleRef names an article.
type HelpArticleRef struct {
	Slug string `path:"slug" json:"slug" jsonschema_description:"From search_help_articles."`
}

// GetHelpArticle returns an article with its content (help_articles_controller#show).
func (c *Client) GetHelpArticle(ctx context.Context, in HelpArticleRef) (HelpArticle, error) {
	return do[HelpArticle](ctx, c, http.MethodGet, "/help/articles/{slug}", in)
}
