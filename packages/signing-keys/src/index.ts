/**
 * Secrets that sign or encrypt: how a service declares them, and follows them through their rotations.
 *
 * @module
 */
export { fieldKey } from './spec/field-key.ts'
export { signingKey } from './spec/signing-key.ts'
export { signingSecret } from './spec/signing-secret.ts'
export { webhookSecret } from './spec/webhook-secret.ts'
export { followFieldKey } from './use/follow-field-key.ts'
export { followSigningKey } from './use/follow-signing-key.ts'
export { followSigningSecret } from './use/follow-signing-secret.ts'
export { followWebhookSecret } from './use/follow-webhook-secret.ts'
