const { WEBHOOK_TOKEN } = process.env

exports.handler = async (event) => {
  if (event.queryStringParameters.token !== WEBHOOK_TOKEN) {
    return { statusCode: 403 }
  }
  return { statusCode: 200 }
}
