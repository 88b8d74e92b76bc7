export function mark(span, request) {
  span.setAttributes({ url: request.url, authorization: request.headers.authorization })
}
