import { FORMAT_MARKS, SECRET_FORMATS } from '@rekey/log-redactor/internal/signs'
import { isMadeUp } from './placeholders.ts'

const TOKEN = 'a JSON Web Token'

/** The part of `text` that has the form of a secret, and is not made up to show that form. */
export function formatIn(text: string): string | undefined {
  if (!FORMAT_MARKS.test(text)) return undefined
  return SECRET_FORMATS.find(({ what, pattern }) => {
    const found = pattern.exec(text)?.[0]
    return found !== undefined && !isMadeUp(found) && !(what === TOKEN && isPublicToken(found))
  })?.what
}

/**
 * Whether a token is public: the anonymous key of a Supabase project (https://supabase.com/docs/guides/api/api-keys), or the
 * example of https://jwt.io.
 */
function isPublicToken(token: string): boolean {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  return /"role"\s*:\s*"anon"|"sub"\s*:\s*"1234567890"/.test(payload)
}
