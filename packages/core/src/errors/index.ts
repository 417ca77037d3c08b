export { errorCodes, type ErrorCode } from './codes.js'
export { PiccoloError, type PiccoloErrorOptions } from './piccolo-error.js'
export { throwIfAborted } from './throw-if-aborted.js'
