// ---- named-expected-signature
import { signPayload } from './sign.ts'

export async function verifyWebhook(request: Request) {
  const body = await request.text()
  const signature = request.headers.get('x-hub-signature-256')
  const expectedSignature = await signPayload(body)
  if (signature !== expectedSignature) throw new Error('bad signature') // expect: nameCompared
}
