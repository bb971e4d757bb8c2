// Google's Go clients, genai and openai-go, driven at one emulator; each prints what it found as one line of JSON.
//
//	go run . intercept    under Google's own host names, by environment alone
//	go run . redirect     at the emulator's own address, with the options that this takes
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	aiplatform "cloud.google.com/go/aiplatform/apiv1"
	"cloud.google.com/go/aiplatform/apiv1/aiplatformpb"
	billing "cloud.google.com/go/billing/apiv1"
	"cloud.google.com/go/billing/apiv1/billingpb"
	iam "cloud.google.com/go/iam/admin/apiv1"
	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	resourcemanager "cloud.google.com/go/resourcemanager/apiv3"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	serviceusage "cloud.google.com/go/serviceusage/apiv1"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"github.com/googleapis/gax-go/v2/apierror"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/genai"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

const model = "openai/gpt-oss-120b-maas"

var (
	project = os.Getenv("GOOGLE_CLOUD_PROJECT")
	token   = os.Getenv("GOOGLE_OAUTH_ACCESS_TOKEN")
	found   = map[string]any{}
)

func check(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
}

// grpcOptions tells a gRPC client where the emulator is: its channel has no TLS, so the token is metadata.
func grpcOptions(target string) []option.ClientOption {
	if target == "" {
		return nil
	}
	bearer := func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		return invoker(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token), method, req, reply, cc, opts...)
	}
	return []option.ClientOption{
		option.WithEndpoint(target),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithUnaryInterceptor(bearer)),
	}
}

func control(ctx context.Context, options []option.ClientOption, regional []option.ClientOption) {
	projects, err := resourcemanager.NewProjectsClient(ctx, options...)
	check(err)
	started, err := projects.CreateProject(ctx, &resourcemanagerpb.CreateProjectRequest{
		Project: &resourcemanagerpb.Project{ProjectId: "made-in-go", Parent: os.Getenv("ORGANIZATION")},
	})
	check(err)
	made, err := started.Wait(ctx)
	check(err)
	found["created"] = made.ProjectId
	_, err = projects.GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: "projects/no-one-has-this"})
	var refused *apierror.APIError
	found["refused"] = errors.As(err, &refused) && refused.GRPCStatus().Code().String() == "PermissionDenied"

	accounts, err := billing.NewCloudBillingClient(ctx, options...)
	check(err)
	linked, err := accounts.UpdateProjectBillingInfo(ctx, &billingpb.UpdateProjectBillingInfoRequest{
		Name:               "projects/made-in-go",
		ProjectBillingInfo: &billingpb.ProjectBillingInfo{BillingAccountName: os.Getenv("BILLING_ACCOUNT")},
	})
	check(err)
	found["linked"] = linked.BillingEnabled

	services, err := serviceusage.NewClient(ctx, options...)
	check(err)
	enabling, err := services.BatchEnableServices(ctx, &serviceusagepb.BatchEnableServicesRequest{
		Parent: "projects/made-in-go", ServiceIds: []string{"aiplatform.googleapis.com", "iam.googleapis.com"},
	})
	check(err)
	_, err = enabling.Wait(ctx)
	check(err)

	robots, err := iam.NewIamClient(ctx, options...)
	check(err)
	robot, err := robots.CreateServiceAccount(ctx, &adminpb.CreateServiceAccountRequest{
		Name: "projects/" + project, AccountId: "made-in-go",
	})
	check(err)
	found["robot"] = strings.HasPrefix(robot.Email, "made-in-go@")

	endpoints, err := aiplatform.NewEndpointClient(ctx, regional...)
	check(err)
	first, err := endpoints.ListEndpoints(ctx, &aiplatformpb.ListEndpointsRequest{
		Parent: "projects/made-in-go/locations/us-central1",
	}).Next()
	found["endpoints"] = first == nil && errors.Is(err, iterator.Done)
}

func rest(ctx context.Context, options ...option.ClientOption) {
	projects, err := resourcemanager.NewProjectsRESTClient(ctx, options...)
	check(err)
	got, err := projects.GetProject(ctx, &resourcemanagerpb.GetProjectRequest{Name: "projects/" + project})
	check(err)
	found["rest"] = got.ProjectId
}

func gemini(ctx context.Context, config *genai.ClientConfig) {
	client, err := genai.NewClient(ctx, config)
	check(err)
	answer, err := client.Models.GenerateContent(ctx, "gemini-3.5-flash", genai.Text("Say hello."), nil)
	check(err)
	found["gemini"] = answer.Text() != ""
	pieces := 0
	for piece, err := range client.Models.GenerateContentStream(ctx, "gemini-3.5-flash", genai.Text("Say hello."), nil) {
		check(err)
		pieces += len(piece.Candidates)
	}
	found["gemini stream"] = pieces > 0
}

func chat(ctx context.Context) {
	client := openai.NewClient(openaioption.WithBaseURL(os.Getenv("OPENAI_BASE_URL")), openaioption.WithAPIKey(token))
	asked := openai.ChatCompletionNewParams{
		Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Say hello.")},
	}
	answer, err := client.Chat.Completions.New(ctx, asked)
	check(err)
	found["chat"] = answer.Choices[0].Message.Content != ""
	stream, length := client.Chat.Completions.NewStreaming(ctx, asked), 0
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			length += len(choice.Delta.Content)
		}
	}
	check(stream.Err())
	found["chat stream"] = length > 0
}

func main() {
	ctx := context.Background()
	if os.Args[1] == "intercept" {
		control(ctx, nil, []option.ClientOption{option.WithEndpoint("us-central1-aiplatform.googleapis.com:443")})
		rest(ctx)
		gemini(ctx, &genai.ClientConfig{Backend: genai.BackendVertexAI, Project: project, Location: "global"})
	} else {
		options := grpcOptions(os.Getenv("GRPC_TARGET"))
		control(ctx, options, options)
		rest(ctx, option.WithEndpoint(os.Getenv("REST_URL")))
		config := &genai.ClientConfig{Backend: genai.BackendVertexAI, Project: project, Location: "global"}
		config.HTTPOptions = genai.HTTPOptions{
			BaseURL: os.Getenv("REST_URL"), Headers: map[string][]string{"Authorization": {"Bearer " + token}},
		}
		gemini(ctx, config)
	}
	chat(ctx)
	check(json.NewEncoder(os.Stdout).Encode(found))
}
