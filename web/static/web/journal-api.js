// One way to talk to the REST API: JSON in and out, the CSRF header, a time limit, and one kind of failure.

const LONGEST = 60_000;

/** What the server answered with a status of 400 or more, or `status` 0 where no answer came. */
export class ApiError extends Error {
  constructor(status, errors, retryAfter = 0) {
    super(errors[0]?.message ?? "");
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Nobody can say whether it was done. */
  get unknown() {
    return this.status === 0;
  }

  /** Asking again later may help. */
  get passing() {
    const busy = this.status === 409 && this.errors.some((problem) => problem.code === "item_busy");
    return busy || this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function cookie(name) {
  return document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]+)`))?.[1] ?? "";
}

export class Api {
  constructor({ url, csrf }) {
    this.url = url;
    this.csrf = csrf;
  }

  async call(method, path, { body, headers = {}, signal, limit = LONGEST } = {}) {
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(), limit);
    signal?.addEventListener("abort", () => clock.abort());
    let answer;
    let text;
    try {
      answer = await fetch(this.url + path, {
        method,
        credentials: "same-origin",
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(method === "GET" ? {} : { "X-CSRFToken": cookie("csrftoken") || this.csrf }),
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
        signal: clock.signal,
      });
      text = await answer.text();
    } catch (problem) {
      if (signal?.aborted) throw problem;
      throw new ApiError(0, []);
    } finally {
      clearTimeout(timer);
    }
    let data = null;
    try {
      data = text ? JSON.parse(text) : null;
    } catch {
      data = null;
    }
    if (!answer.ok) throw new ApiError(answer.status, data?.errors ?? [], Number(answer.headers.get("Retry-After")) || 0);
    return { data, hit: answer.headers.get("Idempotency-Hit") === "1" };
  }

  async get(path, options) {
    return (await this.call("GET", path, options)).data;
  }

  async post(path, body, options) {
    return this.call("POST", path, { ...options, body });
  }
}

/** A key that is used once; `randomUUID` is missing where a page is not served over HTTPS. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
