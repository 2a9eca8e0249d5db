package tools

import (
	"context"
	"fmt"

	"github.com/gumroad-mcp/gumroad-mcp/gumroad"
	"github.com/gumroad-mcp/gumroad-mcp/internal/text"
	"github.com/gumroad-mcp/gumroad-mcp/internal/tool"
)

var workflows = tool.Set{
	Name: "workflows", Doc: "Automatic sequences of e-mails.", Optional: true,
	Tools: []tool.Tool{
		{Name: "list_workflows", Title: "List workflows", Effect: tool.Reads,
			Doc: "List automatic e-mail sequences.",
			Run: tool.All((*gumroad.Client).ListWorkflows)},
		{Name: "get_workflow", Title: "Show a workflow", Effect: tool.Reads,
			Doc: "One sequence with its e-mails, opens and clicks.",
			Run: tool.Run((*gumroad.Client).GetWorkflow)},
		{Name: "add_workflow_email", Title: "Add an e-mail to a workflow", Effect: tool.Changes,
			Doc: "Add an e-mail to a sequence; it cannot be deleted.",
			Refuses: map[string]string{
				"publish": fixedState, "state": fixedState, "send_to_past_customers": fixedState,
				"message": "the argument is body", "name": "the argument is subject",
				"delay": "use delay_amount and delay_unit", "send_at": "use delay_amount and delay_unit",
			},
			Ask: tool.Ask(askAddWorkflowEmail),
			Run: tool.Concise(addWorkflowEmail)},
		{Name: "update_workflow_email", Title: "Change an e-mail of a workflow", Effect: tool.Changes,
			Doc: "Change an e-mail of a sequence; what is omitted stays.",
			Refuses: map[string]string{
				"publish": fixedState, "state": fixedState, "send_to_past_customers": fixedState,
				"message": "the argument is body", "name": "the argument is subject",
				"delay": "use delay_amount and delay_unit",
			},
			Ask: tool.Ask(askUpdateWorkflowEmail),
			Run: tool.Update(tool.Concise(updateWorkflowEmail))},
	},
}

const fixedState = "only Gumroad's website publishes workflows and says whom they are for"

// workflowStep is a step with the workflow it belongs to.
type workflowStep struct {
	Workflow string `json:"workflow,omitempty" concise:"always"`
	Live     bool   `json:"live" concise:"always" jsonschema_description:"The workflow is published, so that the e-mail goes out."`
	gumroad.WorkflowEmail
}

// Envelope says that a step is found in its workflow, which is also how it is read back.
func (workflowStep) Envelope() (one, many string) { return gumroad.Workflow{}.Envelope() }

func askAddWorkflowEmail(c *gumroad.Client, ctx context.Context, in gumroad.AddWorkflowEmail) (string, error) {
	workflow, live, err := extendable(c, ctx, in.WorkflowRef)
	if err != nil || !live {
		return "", err
	}
	to, err := members(c, ctx, workflow)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Add the e-mail %s to the live workflow %s? It is mailed from now on to %s, with %s. %s "+
		"Gumroad's API cannot delete it again.", text.Quote(in.Subject), text.Quote(workflow.Name), to,
		after(&gumroad.Delay{Amount: in.DelayAmount, Unit: in.DelayUnit}), pastCustomers(workflow)), nil
}

func addWorkflowEmail(c *gumroad.Client, ctx context.Context, in gumroad.AddWorkflowEmail) (workflowStep, error) {
	workflow, live, err := extendable(c, ctx, in.WorkflowRef)
	if err != nil {
		return workflowStep{}, err
	}
	added, err := c.AddWorkflowEmail(ctx, in)
	return workflowStep{workflow.Name, live, added}, err
}

// extendable returns a workflow that steps can be added to, and whether it is live.
func extendable(c *gumroad.Client, ctx context.Context, in gumroad.WorkflowRef) (gumroad.Workflow, bool, error) {
	workflow, err := c.GetWorkflow(ctx, in)
	if err != nil {
		return workflow, false, err
	}
	if workflow.AudienceType == "abandoned_cart" {
		return workflow, false, rejected("An abandoned-cart workflow has one e-mail, and Gumroad adds no other.", "")
	}
	live, err := isLive(workflow)
	return workflow, live, err
}

func isLive(workflow gumroad.Workflow) (bool, error) {
	switch workflow.State {
	case gumroad.Published:
		return true, nil
	case gumroad.Draft:
		return false, nil
	}
	return false, unknownWord("state", workflow.State)
}

func askUpdateWorkflowEmail(c *gumroad.Client, ctx context.Context, in gumroad.UpdateWorkflowEmail) (string, error) {
	if err := in.Check(); err != nil {
		return "", err
	}
	workflow, email, live, err := stepOf(c, ctx, in)
	if err != nil || !live {
		return "", err
	}
	to, err := members(c, ctx, workflow)
	if err != nil {
		return "", err
	}
	question := fmt.Sprintf("Change the e-mail %s of the live workflow %s, which goes to %s?",
		quoteSubject(email.Subject), text.Quote(workflow.Name), to)
	if in.Subject != "" || in.Body != "" {
		question += " Everyone who has not had it yet gets the new text."
	}
	if in.DelayAmount != nil {
		question += fmt.Sprintf(" Its delay becomes %s instead of %s: mails that wait move, and some may go out at once.",
			&gumroad.Delay{Amount: in.DelayAmount, Unit: in.DelayUnit}, email.Delay)
	}
	return question + " So far: " + digest(email.Message), nil
}

func updateWorkflowEmail(c *gumroad.Client, ctx context.Context, in gumroad.UpdateWorkflowEmail) (workflowStep, error) {
	workflow, _, live, err := stepOf(c, ctx, in)
	if err != nil {
		return workflowStep{}, err
	}
	changed, err := c.UpdateWorkflowEmail(ctx, in)
	return workflowStep{workflow.Name, live, changed}, err
}

// stepOf returns the step that is to change, its workflow, and whether that is live.
func stepOf(c *gumroad.Client, ctx context.Context, in gumroad.UpdateWorkflowEmail) (
	workflow gumroad.Workflow, email gumroad.WorkflowEmail, live bool, err error) {
	workflow, err = c.GetWorkflow(ctx, in.WorkflowRef)
	if err == nil {
		live, err = isLive(workflow)
	}
	if err != nil {
		return workflow, email, false, err
	}
	for _, found := range workflow.Emails {
		if gumroad.SameID(found.ID, in.EmailID) {
			return workflow, found, live, nil
		}
	}
	missing := &gumroad.Error{Code: gumroad.NotFound, Message: "The workflow has no such e-mail; get_workflow shows those it has."}
	if workflow.AudienceType == "abandoned_cart" {
		missing.Message = "Gumroad does not show the e-mail of an abandoned-cart workflow; change it on Gumroad's website."
	}
	return workflow, email, live, missing
}

// members says who gets the steps of a workflow.
func members(c *gumroad.Client, ctx context.Context, workflow gumroad.Workflow) (string, error) {
	who := map[string]string{
		"audience": "everyone who becomes a customer, follower or affiliate", "seller": "everyone who buys anything",
		"follower": "everyone who follows the store", "affiliate": "everyone who becomes an affiliate",
		"product": "everyone who buys a product", "variant": "everyone who buys one version of a product",
		"abandoned_cart": "everyone who leaves a cart",
	}[workflow.AudienceType]
	if who == "" {
		return "", unknownWord("audience", workflow.AudienceType)
	}
	switch workflow.Trigger {
	case "":
	case "member_cancellation":
		who = "everyone who cancels a membership"
	default:
		return "", unknownWord("trigger", workflow.Trigger)
	}
	if workflow.ProductID != "" {
		product, err := c.GetProduct(ctx, gumroad.ProductRef{ProductID: workflow.ProductID})
		if err != nil {
			return "", err
		}
		who += " (" + text.Quote(product.Name) + ")"
	}
	if len(workflow.Filters) > 0 {
		who += ", within its filters"
	}
	return who, nil
}

func after(delay *gumroad.Delay) string {
	if delay.Amount != nil && *delay.Amount == 0 {
		return "no delay"
	}
	return "a delay of " + delay.String()
}

func pastCustomers(workflow gumroad.Workflow) string {
	switch workflow.SendToPastCustomers {
	case gumroad.True:
		return "PAST customers get it, too: Gumroad schedules it for them at once."
	case gumroad.False:
		return "Past customers do not get it."
	}
	return "Gumroad does not say whether past customers get it, too."
}
