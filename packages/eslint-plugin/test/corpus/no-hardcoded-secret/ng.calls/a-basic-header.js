const headers = { authorization: 'Basic ' + Buffer.from('admin:hunter2').toString('base64') }

module.exports = { headers }
