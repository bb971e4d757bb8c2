// What Java itself asks with: its older client, and its newer one.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import javax.net.ssl.HttpsURLConnection;

class Ask {
  public static void main(String[] words) throws Exception {
    String bearer = "Bearer " + System.getenv("GOOGLE_OAUTH_ACCESS_TOKEN");
    URI address = URI.create("https://cloudresourcemanager.googleapis.com/v3/projects/sandbox-ready");
    HttpsURLConnection older = (HttpsURLConnection) address.toURL().openConnection();
    older.setRequestProperty("Authorization", bearer);
    HttpRequest request = HttpRequest.newBuilder(address).header("Authorization", bearer).build();
    int newer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
    System.out.println(older.getResponseCode() + " " + newer + " " + System.getProperty("mine"));
  }
}
