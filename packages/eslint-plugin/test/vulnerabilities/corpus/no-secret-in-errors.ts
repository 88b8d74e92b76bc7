// ---- generative-ai-js
// https://github.com/google-gemini/deprecated-generative-ai-js/issues/8 CWE-209
// The URL of a request holds the API key, and the error of a request that fails names the URL.
class RequestUrl {
  constructor(
    readonly model: string,
    readonly task: string,
    readonly apiKey: string,
  ) {}

  toString(): string {
    return `https://generativelanguage.googleapis.com/v1/${this.model}:${this.task}?key=${this.apiKey}`
  }
}

export async function makeRequest(url: RequestUrl, body: string): Promise<Response> {
  const response = await fetch(url.toString(), { method: 'POST', body })
  if (!response.ok) throw new Error(`Error fetching from ${url.toString()}: [${response.status}]`) // expect: suspiciousName
  return response
}

// ---- generative-ai-js-fixed
class RequestUrl {
  constructor(
    readonly model: string,
    readonly task: string,
  ) {}

  toString(): string {
    return `https://generativelanguage.googleapis.com/v1/${this.model}:${this.task}`
  }
}

export async function makeRequest(url: RequestUrl, apiKey: string, body: string): Promise<Response> {
  const headers = { 'x-goog-api-key': apiKey }
  const response = await fetch(url.toString(), { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`Error fetching from ${url.toString()}: [${response.status}]`)
  return response
}

// ---- content-machine
// https://github.com/45ck/content-machine/issues/95 CWE-209
// A helper throws the URL of a request that fails, and an adapter puts its API key into that URL.
async function fetchJsonWithTimeout(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) })
  if (!response.ok) throw new Error(`Request failed (${response.status}) for ${url}`) // expect: suspiciousName
  return response.json()
}

export class GoogleVeo {
  constructor(private readonly options: { apiKey: string; baseUrl: string }) {}

  poll(operation: string) {
    const url = `${this.options.baseUrl}/${operation}?key=${encodeURIComponent(this.options.apiKey)}`
    return fetchJsonWithTimeout(url, { method: 'GET' })
  }
}

// ---- content-machine-fixed
async function fetchJsonWithTimeout(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) })
  const { origin, pathname } = new URL(url)
  if (!response.ok) throw new Error(`Request failed (${response.status}) for ${origin}${pathname}`)
  return response.json()
}

export class GoogleVeo {
  constructor(private readonly options: { apiKey: string; baseUrl: string }) {}

  poll(operation: string) {
    const url = `${this.options.baseUrl}/${operation}?key=${encodeURIComponent(this.options.apiKey)}`
    return fetchJsonWithTimeout(url, { method: 'GET' })
  }
}

// ---- 2captcha
// https://github.com/Furry/2captcha/issues/32 CWE-209
// When the service does not answer, the error of fetch names the URL, and the query has the API key, which that service takes nowhere else.
import fetch from 'node-fetch'

export class Solver {
  constructor(private readonly _apikey: string) {}

  private get defaultPayload() {
    return { key: this._apikey, json: 1, header_acao: 1 }
  }

  async get(params: Record<string, string>) {
    const query = new URLSearchParams({ ...params, ...this.defaultPayload } as Record<string, string>)
    const url = `https://2captcha.com/res.php?${query}` // wrong: suspiciousName
    const response = await fetch(url).catch((error: Error) => {
      throw new Error(`request to ${url} failed, reason: ${error.message}`) // expect: suspiciousName
    })
    return response.text()
  }
}

// ---- 2captcha-fixed
import fetch from 'node-fetch'

export class Solver {
  constructor(private readonly _apikey: string) {}

  private get defaultPayload() {
    return { key: this._apikey, json: 1, header_acao: 1 }
  }

  async get(params: Record<string, string>) {
    const query = new URLSearchParams({ ...params, ...this.defaultPayload } as Record<string, string>)
    const response = await fetch(`https://2captcha.com/res.php?${query}`).catch(() => { // wrong: suspiciousName
      throw new Error('request to 2captcha.com failed')
    })
    return response.text()
  }
}

// ---- backlog-mcp-server
// https://github.com/nulab/backlog-mcp-server/issues/222 CWE-209
// The library puts the API key into the query, and the server shows the URL of an answer that it did not expect.
// missed
// The URL of an answer carries the query of its request, and reaches the message through a field of an error.
interface BacklogError {
  _name: string
  _status: number
  _url: string
}

export function parseBacklogAPIError(error: BacklogError) {
  const { _status: status, _url: url } = error
  if (error._name === 'UnexpectedError') {
    return { type: error._name, message: `Unexpected error (HTTP ${status}) while accessing ${url}.`, status, url }
  }
  return { type: error._name, message: `Backlog API error (${status})`, status, url }
}

export const request = (base: string, path: string, apiKey: string) =>
  fetch(`${base}/${path}?${new URLSearchParams({ apiKey })}`).then((response) => { // wrong: suspiciousName
    if (!response.ok)
      throw Object.assign(new Error('UnexpectedError'), { _status: response.status, _url: response.url })
    return response.json()
  })

// ---- backlog-mcp-server-fixed
interface BacklogError {
  _name: string
  _status: number
}

export function parseBacklogAPIError(error: BacklogError) {
  const { _status: status } = error
  return { type: error._name, message: `Backlog API error (HTTP ${status})`, status }
}

export const request = (base: string, path: string, apiKey: string) =>
  fetch(`${base}/${path}?${new URLSearchParams({ apiKey })}`).then((response) => { // wrong: suspiciousName
    if (!response.ok) throw Object.assign(new Error('UnexpectedError'), { _status: response.status })
    return response.json()
  })
