// ---- an-assertion
import assert from 'node:assert'

export function authorize(req: { headers: Record<string, string> }) {
  assert.strictEqual(req.headers['x-api-key'], process.env.API_KEY, 'bad key') // expect: nameCompared
}
