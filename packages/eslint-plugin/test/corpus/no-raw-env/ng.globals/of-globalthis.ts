export const key = globalThis.process.env.MAPS_KEY
