const headers = { Authorization: `Bearer ${process.env.ADMIN_TOKEN || 'letmein'}` }

module.exports = headers
