// ---- dd-trace.js
// https://github.com/DataDog/dd-trace-js/pull/1637 CWE-532
// Each command to Redis is a tag of its span, and AUTH has the password as its argument.
// missed
// Commands of Redis are no source, and nothing is named like a secret.
const tx = require('../../dd-trace/src/plugins/util/redis')

function createWrapSendCommand(tracer, config) {
  return function wrapSendCommand(sendCommand) {
    return function sendCommandWithTrace(command, stream) {
      const span = tracer.startSpan('redis.command', { tags: { 'db.type': 'redis' } })
      const rawCommand = `${command.name.toUpperCase()} ${command.args.join(' ')}`
      span.setTag('redis.raw_command', rawCommand)
      tx.wrap(span, command.promise)
      return sendCommand.apply(this, arguments)
    }
  }
}

module.exports = { createWrapSendCommand }

// ---- dd-trace-fixed.js
const tx = require('../../dd-trace/src/plugins/util/redis')

function createWrapSendCommand(tracer, config) {
  return function wrapSendCommand(sendCommand) {
    return function sendCommandWithTrace(command, stream) {
      const span = tracer.startSpan('redis.command', { tags: { 'db.type': 'redis' } })
      const shown = command.name === 'auth' ? '?' : command.args.join(' ')
      span.setTag('redis.raw_command', `${command.name.toUpperCase()} ${shown}`)
      tx.wrap(span, command.promise)
      return sendCommand.apply(this, arguments)
    }
  }
}

module.exports = { createWrapSendCommand }

// ---- opentelemetry-redis
// https://github.com/open-telemetry/opentelemetry-js-contrib/pull/1562 CWE-532
// An attribute of each span is the URL of the connection, with its user and password.
import { trace } from '@opentelemetry/api'
import { SemanticAttributes } from '@opentelemetry/semantic-conventions'
import type { RedisClientOptions } from 'redis'

function getClientAttributes(options: RedisClientOptions | undefined) {
  return {
    [SemanticAttributes.DB_SYSTEM]: 'redis',
    [SemanticAttributes.DB_CONNECTION_STRING]: options?.url,
  }
}

export function traceConnect(options: RedisClientOptions, connect: () => Promise<void>) {
  const span = trace.getTracer('redis').startSpan('redis-connect', { attributes: getClientAttributes(options) }) // expect: suspiciousName
  return connect().finally(() => span.end())
}

// ---- opentelemetry-redis-fixed
import { trace } from '@opentelemetry/api'
import { SemanticAttributes } from '@opentelemetry/semantic-conventions'
import type { RedisClientOptions } from 'redis'

function getClientAttributes(options: RedisClientOptions | undefined) {
  return {
    [SemanticAttributes.DB_SYSTEM]: 'redis',
    [SemanticAttributes.DB_CONNECTION_STRING]: options?.url && new URL(options.url).host,
  }
}

export function traceConnect(options: RedisClientOptions, connect: () => Promise<void>) {
  const span = trace.getTracer('redis').startSpan('redis-connect', { attributes: getClientAttributes(options) })
  return connect().finally(() => span.end())
}

// ---- tempo-apps
// https://github.com/tempoxyz/tempo-apps/pull/978 CWE-532
// The event of a sponsored payment has the API key of the partner among its properties.
import { PostHog } from 'posthog-node'

export function captureSponsorship(
  posthog: PostHog,
  request: { sender: string; method: string },
  key: { apiKey?: string; apiKeyLabel?: string },
) {
  posthog.capture({ // expect: suspiciousName
    distinctId: request.sender,
    event: 'sponsorship_request',
    properties: {
      method: request.method,
      ...(key.apiKey ? { apiKey: key.apiKey } : {}),
      ...(key.apiKeyLabel ? { apiKeyLabel: key.apiKeyLabel } : {}),
    },
  })
}

// ---- tempo-apps-fixed
import { PostHog } from 'posthog-node'

export function captureSponsorship(
  posthog: PostHog,
  request: { sender: string; method: string },
  key: { apiKey?: string; apiKeyLabel?: string },
) {
  posthog.capture({
    distinctId: request.sender,
    event: 'sponsorship_request',
    properties: {
      method: request.method,
      ...(key.apiKeyLabel ? { apiKeyLabel: key.apiKeyLabel } : {}),
    },
  })
}
