export const secret = process.env.TELEGRAM_WEBHOOK_SECRET?.trim() || 'telegram'
