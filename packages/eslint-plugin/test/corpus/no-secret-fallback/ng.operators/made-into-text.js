const configured = String(process.env.ADMIN_SESSION_SECRET || process.env.JWT_SECRET || '').trim()

module.exports = { configured }
