// Google's Java clients, google-genai and openai-java, under Google's own names and by environment alone; what each
// found is printed as one line of JSON.

import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.gax.rpc.PermissionDeniedException;
import com.google.api.services.cloudresourcemanager.v3.CloudResourceManager;
import com.google.auth.http.HttpCredentialsAdapter;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.billing.v1.CloudBillingClient;
import com.google.cloud.billing.v1.ProjectBillingInfo;
import com.google.cloud.resourcemanager.v3.Project;
import com.google.cloud.resourcemanager.v3.ProjectsClient;
import com.google.cloud.resourcemanager.v3.ProjectsSettings;
import com.google.genai.Client;
import com.google.genai.ResponseStream;
import com.google.genai.types.GenerateContentResponse;
import com.google.gson.Gson;
import com.google.api.serviceusage.v1.BatchEnableServicesRequest;
import com.google.api.serviceusage.v1.ServiceUsageClient;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class Clients {
  static final String PROJECT = System.getenv("GOOGLE_CLOUD_PROJECT");
  static final Map<String, Object> found = new TreeMap<>();

  public static void main(String[] words) throws Exception {
    control();
    rest();
    discovery();
    gemini();
    chat();
    System.out.println(new Gson().toJson(found));
    System.exit(0); // okhttp's threads live on for a minute
  }

  static void control() throws Exception {
    try (ProjectsClient projects = ProjectsClient.create()) {
      Project wanted =
          Project.newBuilder().setProjectId("made-in-java").setParent(System.getenv("ORGANIZATION")).build();
      found.put("created", projects.createProjectAsync(wanted).get().getProjectId());
      try {
        projects.getProject("projects/no-one-has-this");
      } catch (PermissionDeniedException refused) {
        found.put("refused", true);
      }
    }
    try (CloudBillingClient billing = CloudBillingClient.create()) {
      ProjectBillingInfo linked =
          ProjectBillingInfo.newBuilder().setBillingAccountName(System.getenv("BILLING_ACCOUNT")).build();
      found.put("linked", billing.updateProjectBillingInfo("projects/made-in-java", linked).getBillingEnabled());
    }
    try (ServiceUsageClient services = ServiceUsageClient.create()) {
      BatchEnableServicesRequest request =
          BatchEnableServicesRequest.newBuilder()
              .setParent("projects/made-in-java")
              .addServiceIds("aiplatform.googleapis.com")
              .build();
      found.put("enabled", services.batchEnableServicesAsync(request).get().getServicesCount());
    }
  }

  static void rest() throws Exception {
    try (ProjectsClient projects = ProjectsClient.create(ProjectsSettings.newHttpJsonBuilder().build())) {
      found.put("rest", projects.getProject("projects/" + PROJECT).getProjectId());
    }
  }

  // These clients send every body packed, and every PATCH as a POST.
  static void discovery() throws Exception {
    HttpCredentialsAdapter credentials =
        new HttpCredentialsAdapter(
            GoogleCredentials.getApplicationDefault()
                .createScoped(List.of("https://www.googleapis.com/auth/cloud-platform")));
    CloudResourceManager client =
        new CloudResourceManager.Builder(new NetHttpTransport(), GsonFactory.getDefaultInstance(), credentials)
            .setApplicationName("clients")
            .build();
    var named = new com.google.api.services.cloudresourcemanager.v3.model.Project().setDisplayName("Named in Java");
    String operation =
        client.projects().patch("projects/made-in-java", named).setUpdateMask("displayName").execute().getName();
    while (!Boolean.TRUE.equals(client.operations().get(operation).execute().getDone())) {
      Thread.sleep(20);
    }
    found.put("patched", client.projects().get("projects/made-in-java").execute().getDisplayName());
  }

  static void gemini() {
    try (Client client = Client.builder().vertexAI(true).project(PROJECT).location("global").build()) {
      String text = client.models.generateContent("gemini-3.5-flash", "Say hello.", null).text();
      found.put("gemini", text != null && !text.isEmpty());
      int pieces = 0;
      try (ResponseStream<GenerateContentResponse> stream =
          client.models.generateContentStream("gemini-3.5-flash", "Say hello.", null)) {
        for (GenerateContentResponse piece : stream) {
          pieces++;
        }
      }
      found.put("gemini stream", pieces > 0);
    }
  }

  static void chat() {
    OpenAIClient client =
        OpenAIOkHttpClient.builder()
            .baseUrl(System.getenv("OPENAI_BASE_URL"))
            .apiKey(System.getenv("OPENAI_API_KEY"))
            .build();
    ChatCompletionCreateParams asked =
        ChatCompletionCreateParams.builder().model("openai/gpt-oss-120b-maas").addUserMessage("Say hello.").build();
    String text = client.chat().completions().create(asked).choices().get(0).message().content().orElse("");
    found.put("chat", !text.isEmpty());
    StringBuilder streamed = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> stream = client.chat().completions().createStreaming(asked)) {
      stream.stream()
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> streamed.append(choice.delta().content().orElse("")));
    }
    found.put("chat stream", streamed.length() > 0);
  }
}
