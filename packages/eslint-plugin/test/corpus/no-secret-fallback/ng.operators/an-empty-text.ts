export const webhookSecret = process.env.WEBHOOK_SECRET ?? ''
