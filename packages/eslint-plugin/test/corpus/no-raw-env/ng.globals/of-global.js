const { process: p } = global

module.exports = p.env.ENCRYPTION_KEY
