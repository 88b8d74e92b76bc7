import { FieldKind } from './fields.js'

export const isHidden = (field) =>
  field.kind === FieldKind.Password || field.kind === FieldKind.Secret
