// ---- llm-wiki
// https://github.com/nashsu/llm_wiki/issues/1 CWE-598
// An API key is in the query of a URL, which proxies and histories keep.
interface LlmConfig {
  apiKey: string
  model: string
}

export function buildGoogleRequest({ apiKey, model }: LlmConfig, body: object) {
  const url = `https://generativelanguage.googleapis.com/v1beta/models/${model}:streamGenerateContent?alt=sse&key=${apiKey}` // expect: suspiciousName
  return fetch(url, { method: 'POST', body: JSON.stringify(body) })
}

// ---- llm-wiki-fixed
interface LlmConfig {
  apiKey: string
  model: string
}

export function buildGoogleRequest({ apiKey, model }: LlmConfig, body: object) {
  const url = `https://generativelanguage.googleapis.com/v1beta/models/${model}:streamGenerateContent?alt=sse`
  return fetch(url, { method: 'POST', headers: { 'x-goog-api-key': apiKey }, body: JSON.stringify(body) })
}

// ---- ay-framework
// https://github.com/liwala/ay-framework/issues/382 CWE-598
// A token is a parameter of a query, and so in the access logs of each server on the way.
export async function queryPipe(config: { host: string; token: string }, pipe: string) {
  const search = new URLSearchParams({ token: config.token })
  const res = await fetch(`${config.host}/v0/pipes/${pipe}.json?${search.toString()}`) // expect: suspiciousName
  return res.json()
}

// ---- ay-framework-fixed
export async function queryPipe(config: { host: string; token: string }, pipe: string) {
  const headers = { Authorization: `Bearer ${config.token}` }
  const res = await fetch(`${config.host}/v0/pipes/${pipe}.json`, { headers })
  return res.json()
}
