import type { FollowedIntegration } from '@rekey/integration-secret'
import { SecretError } from '@rekey/secret'

interface Reminder {
  readonly url: string
  readonly card: string
}

/** Has the third party remind a member. A refused credential is tried again with the other live version. */
export function sendReminder(
  reminders: FollowedIntegration,
  { url, card }: Reminder,
): Promise<void> {
  return reminders.use(async (credential) => {
    const headers = { authorization: `Bearer ${credential.expose()}` }
    const answer = await fetch(url, { method: 'POST', headers, body: card, redirect: 'error' })
    if (answer.ok) return
    if (answer.status === 401) throw new SecretError('rejected', 'the credential is refused')
    throw new Error(`a reminder was answered with ${answer.status}`)
  })
}
