// The calls to the server. Each rejects with DeskClosed when it fails, unless it was aborted.

export class DeskClosed extends Error {}

async function answerOf(response) {
  const isJson = response.headers.get("content-type")?.includes("json");
  if (!isJson) throw new DeskClosed(`${response.status}`);
  const answer = await response.json();
  // A refusal may carry a sentence for the editor.
  if (!response.ok && !answer.error) throw new DeskClosed(`${response.status}`);
  return answer;
}

async function call(url, options) {
  try {
    return await answerOf(await fetch(url, { credentials: "same-origin", ...options }));
  } catch (error) {
    if (error.name === "AbortError" || error instanceof DeskClosed) throw error;
    throw new DeskClosed(error.message);
  }
}

/** Return the calls of one builder: `catalogue`, `read`, `count`, `test`. */
export function desk(urls, token) {
  const post = (url) => (body, signal) =>
    call(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      signal,
    });
  return {
    catalogue: () => call(urls.catalogue),
    read: post(urls.read),
    count: post(urls.count),
    test: post(urls.test),
  };
}
