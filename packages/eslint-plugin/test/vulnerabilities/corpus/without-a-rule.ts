// ---- llm-wiki
// https://github.com/nashsu/llm_wiki/issues/1 CWE-598
// An API key is in the query of a URL, which proxies and histories keep.
// missed
// No rule looks at the URLs of requests.
interface LlmConfig {
  apiKey: string
  model: string
}

export function buildGoogleRequest({ apiKey, model }: LlmConfig, body: object) {
  const url = `https://generativelanguage.googleapis.com/v1beta/models/${model}:streamGenerateContent?alt=sse&key=${apiKey}`
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
// missed
// No rule looks at the URLs of requests.
export async function queryPipe(config: { host: string; token: string }, pipe: string) {
  const search = new URLSearchParams({ token: config.token })
  const res = await fetch(`${config.host}/v0/pipes/${pipe}.json?${search.toString()}`)
  return res.json()
}

// ---- ay-framework-fixed
export async function queryPipe(config: { host: string; token: string }, pipe: string) {
  const headers = { Authorization: `Bearer ${config.token}` }
  const res = await fetch(`${config.host}/v0/pipes/${pipe}.json`, { headers })
  return res.json()
}

// ---- hadron
// https://github.com/brainhubeu/hadron/issues/40 CWE-347
// The middleware reads the user from a token whose signature it does not verify.
// missed
// No rule looks at tokens that are decoded and not verified.
import * as jwt from 'jsonwebtoken'

export const isAuthorized = async (token: string, findUser: (id: string) => Promise<unknown>) => {
  const decoded = jwt.decode(token) as { id: string } | null
  if (!decoded) return false
  return Boolean(await findUser(decoded.id))
}

// ---- hadron-fixed
import * as jwt from 'jsonwebtoken'

export const isAuthorized = async (token: string, findUser: (id: string) => Promise<unknown>) => {
  const decoded = jwt.verify(token, process.env.JWT_SECRET!, { algorithms: ['HS256'] }) as { id: string }
  return Boolean(await findUser(decoded.id))
}

// ---- checkmate.js
// https://github.com/bluewave-labs/Checkmate/issues/269 CWE-347
// The owner of a request is read from a token that is only decoded.
// missed
// No rule looks at tokens that are decoded and not verified.
const jwt = require('jsonwebtoken')
const { getTokenFromHeaders } = require('../utils/utils')

const getMonitorsByOwner = async (req, res) => {
  const token = getTokenFromHeaders(req.headers)
  const { _id } = jwt.decode(token)
  const monitors = await req.db.getMonitorsByUserId(_id)
  return res.status(200).json({ success: true, data: monitors })
}

module.exports = { getMonitorsByOwner }

// ---- checkmate-fixed.js
const jwt = require('jsonwebtoken')
const { getTokenFromHeaders } = require('../utils/utils')

const getMonitorsByOwner = async (req, res) => {
  const token = getTokenFromHeaders(req.headers)
  const { _id } = jwt.verify(token, process.env.JWT_SECRET, { algorithms: ['HS256'] })
  const monitors = await req.db.getMonitorsByUserId(_id)
  return res.status(200).json({ success: true, data: monitors })
}

module.exports = { getMonitorsByOwner }
