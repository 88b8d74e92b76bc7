const encryptionKey = Buffer.from((process.env.CRYPT || 'local').padEnd(32).slice(0, 32))

module.exports = { encryptionKey }
