import { isMadeUp } from './placeholders.ts'

interface Format {
  /** How messages call it, with its article. */
  readonly what: string
  readonly pattern: RegExp
  /** Further reasons why a text of that form is no secret. */
  readonly isPublic?: (text: string) => boolean
}

/**
 * Formats that issuers made so that their secrets can be found. Unless noted otherwise, a pattern is that of the rule of
 * gitleaks 8.30 (config/gitleaks.toml) that is named beside it. Hexadecimal digits are matched without their prefix, whose
 * letters would make them look less varied than they are.
 */
const FORMATS: readonly Format[] = [
  // RFC 7468, section 10 and 11, and what OpenSSL and OpenSSH write. Its body is at least 64 characters long.
  {
    what: 'a private key',
    pattern: /-----BEGIN (?:[A-Z\d]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[\s\w+/=:,.-]{64,}/,
  },
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "unique ID prefixes"; aws-access-token.
  { what: 'an AWS access key', pattern: /\b(?:A3T[A-Z\d]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/ },
  // https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/; github-*.
  { what: 'a GitHub token', pattern: /\bgh[pousr]_[\dA-Za-z]{36,251}\b|\bgithub_pat_\w{82}\b/ },
  // https://docs.gitlab.com/security/tokens/, "token prefixes"; gitlab-*.
  { what: 'a GitLab token', pattern: /\bgl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{20,}/ },
  // https://api.slack.com/concepts/token-types; slack-*.
  {
    what: 'a Slack token',
    pattern: /\bxox[abeoprs]-(?:\d+-)+[\w-]{10,}|\bxapp-\d-[A-Z\d]+-\d+-[a-z\d]+/,
  },
  {
    what: 'a Slack webhook',
    pattern: /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z\d+/]{43,56}/,
  },
  // https://docs.stripe.com/keys, "API keys": pk_ is publishable; stripe-access-token.
  {
    what: 'a Stripe key',
    pattern: /\b[sr]k_(?:live|test|prod)_[\dA-Za-z]{10,99}\b|\bwhsec_[\dA-Za-z]{32,}\b/,
  },
  // https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/; npm-access-token.
  { what: 'an npm token', pattern: /\bnpm_[\dA-Za-z]{36}\b/ },
  // RFC 7519, section 3: three parts in base64url, the first two JSON objects, so that they begin with eyJ; jwt.
  {
    what: 'a JSON Web Token',
    pattern: /\beyJ[\w-]{14,}\.eyJ[\w-]{14,}\.[\w-]{20,}/,
    isPublic: isPublicToken,
  },
  // https://cloud.google.com/docs/authentication/api-keys; gcp-api-key.
  { what: 'a Google API key', pattern: /\bAIza[\w-]{35}(?![\w-])/ },
  {
    what: 'an OpenAI key',
    pattern: /\bsk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,}T3BlbkFJ[\w-]{20,}/,
  },
  { what: 'an Anthropic key', pattern: /\bsk-ant-(?:api|admin)\d\d-[\w-]{93}AA\b/ },
  { what: 'a SendGrid key', pattern: /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/ },
  { what: 'a Hugging Face token', pattern: /\bhf_[A-Za-z]{34}\b/ },
  { what: 'a DigitalOcean token', pattern: /(?<=\bdo[opr]_v1_)[\da-f]{64}\b/ },
  { what: 'a Shopify token', pattern: /(?<=\bshp(?:at|ca|pa|ss)_)[\da-fA-F]{32}\b/ },
  { what: 'a Vault token', pattern: /\bhv[sbr]\.[\w-]{90,}/ },
  // https://age-encryption.org/v1, "X25519 identity": Bech32, in capitals; age-secret-key.
  { what: 'an age identity', pattern: /\bAGE-SECRET-KEY-1[\dA-Z]{58}\b/ },
  // https://core.telegram.org/bots/features#botfather
  { what: 'a Telegram bot token', pattern: /\b\d{8,10}:AA[\w-]{33}(?![\w-])/ },
  { what: 'a Grafana token', pattern: /\bglsa_[\dA-Za-z]{32}_[\da-fA-F]{8}\b/ },
  { what: 'a Linear key', pattern: /\blin_api_[\dA-Za-z]{40}\b/ },
  { what: 'a Databricks token', pattern: /(?<=\bdapi)[\da-f]{32}\b/ },
  // packages/api-key-auth/src/api-key-format.ts: prefix_environment_keyid_secret_checksum.
  {
    what: 'an API key of Rekey',
    pattern: /\b[a-z][a-z\d]{1,7}_(?:prod|dev|test)_[\dA-Za-z]{10}_[\dA-Za-z]{43}_[\dA-Za-z]{6}\b/,
  },
]

/** In every text of one of the formats; spares all others the look at each. */
const MARKS =
  /PRIVATE KEY|A3T|AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat|\bgl[a-z]+[-_]|xox|xapp|hooks\.slack|[sr]k_|whsec|npm_|eyJ|AIza|sk-|SG\.|hf_|do[opr]_v1|shp|hv[sbr]\.|AGE-SECRET|lin_api|dapi|:AA|_(?:prod|dev|test)_/

/** The part of `text` that has the form of a secret, and is not made up to show that form. */
export function formatIn(text: string): string | undefined {
  if (!MARKS.test(text)) return undefined
  return FORMATS.find(({ pattern, isPublic }) => {
    const found = pattern.exec(text)?.[0]
    return found !== undefined && !isMadeUp(found) && isPublic?.(found) !== true
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
