const { DefaultFailureConverter } = require('@temporalio/common');

// Messages and stack traces go where payloads go, so that the codec encrypts them too.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
