// ---- declared-again
declare const process: { env: Record<string, string | undefined> }

export const apiKey = process.env.WEATHER_API_KEY // expect: variable

// ---- of-global.js
const { process: p } = global

module.exports = p.env.ENCRYPTION_KEY // expect: variable

// ---- of-globalthis-perhaps
const g = globalThis as { process?: { env?: Record<string, string | undefined> } }

export const debugToken = g.process?.env?.DEBUG_TOKEN // expect: variable

// ---- of-globalthis
export const key = globalThis.process.env.MAPS_KEY // expect: variable
