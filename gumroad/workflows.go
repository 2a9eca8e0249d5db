package gumroad

import (
	"context"
	"fmt"
	"net/http"
)

// Workflow is a sequence of e-mails that each member of its audience gets after delays of their own. Filters holds only
// those that are set; amounts in it are text, in major units of the store's currency (reference: "Workflows").
type Workflow struct {
	Name                string          `json:"name,omitempty" concise:"always"`
	State               string          `json:"state,omitempty" concise:"always" jsonschema_description:"published: live, mails go out. draft: none do."`
	AudienceType        string          `json:"audience_type,omitempty" concise:"always" jsonschema_description:"seller: all customers. audience: customers, followers and affiliates. Or product, variant, follower, affiliate, abandoned_cart."`
	Trigger             string          `json:"trigger,omitempty" concise:"always" jsonschema_description:"member_cancellation: starts when a member cancels."`
	SendToPastCustomers Bool            `json:"send_to_past_customers,omitempty" concise:"always"`
	EmailsCount         *Int            `json:"emails_count,omitempty" concise:"always"`
	PublishedAt         string          `json:"published_at,omitempty" concise:"always" jsonschema_description:"UTC."`
	FirstPublishedAt    string          `json:"first_published_at,omitempty"`
	Filters             map[string]any  `json:"filters,omitempty" jsonschema_description:"Who of the audience gets them. Amounts are in major units."`
	Emails              []WorkflowEmail `json:"emails,omitempty" jsonschema_description:"By their delay."`
	CreatedAt           string          `json:"created_at,omitempty"`
	UpdatedAt           string          `json:"updated_at,omitempty"`
	ProductID           string          `json:"product_id,omitempty" concise:"always"`
	VariantID           string          `json:"variant_id,omitempty"`
	ID                  string          `json:"id" concise:"always"`
}

// Envelope names the record.
func (Workflow) Envelope() (one, many string) { return "workflow", "workflows" }

// RowID returns the workflow's id.
func (w Workflow) RowID() string { return w.ID }

// WorkflowEmail is a step of a workflow. Rates are percentages, and absent before anything was sent; opens and clicks are
// absent from answers to changes.
type WorkflowEmail struct {
	Subject     string   `json:"subject,omitempty" concise:"always"`
	Delay       *Delay   `json:"delay,omitempty" concise:"always" jsonschema_description:"After joining the audience."`
	State       string   `json:"state,omitempty" concise:"always" jsonschema_description:"published or draft."`
	SentCount   *Int     `json:"sent_count,omitempty" concise:"always"`
	OpenCount   *Int     `json:"open_count,omitempty"`
	OpenRate    *float64 `json:"open_rate,omitempty" jsonschema_description:"Percent."`
	ClickCount  *Int     `json:"click_count,omitempty"`
	ClickRate   *float64 `json:"click_rate,omitempty" jsonschema_description:"Percent."`
	Message     string   `json:"message,omitempty" text:"long" jsonschema_description:"HTML."`
	PublishedAt string   `json:"published_at,omitempty"`
	CreatedAt   string   `json:"created_at,omitempty"`
	UpdatedAt   string   `json:"updated_at,omitempty"`
	ID          string   `json:"id" concise:"always"`
}

// fromEnvelope reads a step from under Gumroad's noun for it, which is that of e-mails to the whole audience too.
func (e *WorkflowEmail) fromEnvelope(body []byte) error { return member(body, "email", e) }

// Delay is how long after its start a step comes. Unit is hour, day, week or month.
type Delay struct {
	Amount *Int   `json:"amount,omitempty"`
	Unit   string `json:"unit,omitempty"`
}

// String writes a delay as people do: "2 days".
func (d *Delay) String() string {
	switch {
	case d == nil || d.Amount == nil || d.Unit == "":
		return "a delay that Gumroad does not tell"
	case *d.Amount == 0:
		return "no delay"
	case *d.Amount == 1:
		return "1 " + d.Unit
	}
	return fmt.Sprintf("%d %ss", *d.Amount, d.Unit)
}

// ListWorkflows returns the store's workflows without their steps, the newest first and on one page
// (workflows_controller#index).
func (c *Client) ListWorkflows(ctx context.Context, _ struct{}) (Page[Workflow], error) {
	return do[Page[Workflow]](ctx, c, http.MethodGet, "/workflows", nil)
}

// WorkflowRef names a workflow.
type WorkflowRef struct {
	WorkflowID string `path:"workflow_id" json:"workflow_id" jsonschema_description:"From list_workflows."`
}

// GetWorkflow returns a workflow with its steps. The mail of an abandoned-cart workflow is not among them
// (workflows_controller#show).
func (c *Client) GetWorkflow(ctx context.Context, in WorkflowRef) (Workflow, error) {
	return do[Workflow](ctx, c, http.MethodGet, "/workflows/{workflow_id}", in)
}

// AddWorkflowEmail describes a new step.
type AddWorkflowEmail struct {
	WorkflowRef
	Subject     string `form:"subject" json:"subject" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Subject."`
	Body        string `form:"body" json:"body" jsonschema:"minLength=1" jsonschema_description:"HTML: <p>…</p>."`
	DelayAmount *Int   `form:"delay_amount" json:"delay_amount" jsonschema:"minimum=0" jsonschema_description:"How many."`
	DelayUnit   string `form:"delay_unit" json:"delay_unit" jsonschema:"enum=hour,enum=day,enum=week,enum=month" jsonschema_description:"Of these."`
}

// AddWorkflowEmail adds a step, which cannot be deleted through the API. In a published workflow it is live at once, for
// past customers too if the workflow is for them. The same call twice adds two. InvalidArguments for an abandoned-cart
// workflow and for a body without text (workflows/emails_controller#create).
func (c *Client) AddWorkflowEmail(ctx context.Context, in AddWorkflowEmail) (WorkflowEmail, error) {
	return do[WorkflowEmail](ctx, c, http.MethodPost, "/workflows/{workflow_id}/emails", in)
}

// UpdateWorkflowEmail names a step and what changes of it; what is left out stays.
type UpdateWorkflowEmail struct {
	WorkflowRef
	EmailID     string `path:"email_id" json:"email_id" jsonschema_description:"From get_workflow."`
	Subject     string `form:"subject" json:"subject,omitempty" jsonschema:"maxLength=255" jsonschema_description:"Subject."`
	Body        string `form:"body" json:"body,omitempty" jsonschema_description:"HTML."`
	DelayAmount *Int   `form:"delay_amount" json:"delay_amount,omitempty" jsonschema:"minimum=0" jsonschema_description:"With delay_unit."`
	DelayUnit   string `form:"delay_unit" json:"delay_unit,omitempty" jsonschema:"enum=hour,enum=day,enum=week,enum=month" jsonschema_description:"With delay_amount."`
}

// Check refuses half a delay.
func (in UpdateWorkflowEmail) Check() error {
	if (in.DelayAmount == nil) == (in.DelayUnit == "") {
		return nil
	}
	return Invalid("delay_amount and delay_unit go together.", "delay_amount 2 and delay_unit day is two days.")
}

// UpdateWorkflowEmail changes a step. In a published workflow a new text reaches everyone who has not had the step yet,
// and a new delay moves the mails that wait (workflows/emails_controller#update).
func (c *Client) UpdateWorkflowEmail(ctx context.Context, in UpdateWorkflowEmail) (WorkflowEmail, error) {
	if err := in.Check(); err != nil {
		return WorkflowEmail{}, err
	}
	return do[WorkflowEmail](ctx, c, http.MethodPut, "/workflows/{workflow_id}/emails/{email_id}", in)
}
