/** The one module that touches the camera and reads codes in what it sees. */
import type { Camera, CameraTrouble, Feed } from './models/surroundings.ts';
import { CameraError } from './models/surroundings.ts';

/** The longer side of the picture that is searched: more finds no code that this misses, and takes longer. Pixels. */
const LOOK_AT = 720;

export const camera: Camera = {
  async canOpen(surface) {
    if (surface === 'tab') return true;
    // Firefox (ESR 153) shows its question over the sidebar as well; a popup would close under it.
    if (surface === 'panel' && location.protocol === 'moz-extension:') return true;
    try {
      return (await navigator.permissions.query({ name: 'camera' as PermissionName })).state === 'granted';
    } catch {
      // A browser that does not tell is one that asks.
      return false;
    }
  },
  async open() {
    const reader = await loadReader();
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 } },
      });
    } catch (error) {
      throw new CameraError(troubleOf(error));
    }
    return feedOf(stream, reader);
  },
};

type Reader = typeof import('jsqr').default;

/** Only when somebody scans: it is larger than most screens. And before there is a picture that nothing would read. */
async function loadReader(): Promise<Reader> {
  try {
    return (await import('jsqr')).default;
  } catch {
    throw new CameraError('no-reader');
  }
}

function feedOf(stream: MediaStream, reader: Reader): Feed {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  const playing = video.play().catch(() => {});
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    show(element) {
      element.srcObject = stream;
      // Rejected where the element left the page meanwhile, which is no trouble.
      void element.play().catch(() => {});
    },
    async read() {
      await playing;
      const { videoWidth, videoHeight } = video;
      if (context === null || videoWidth === 0) return undefined;
      const scale = Math.min(1, LOOK_AT / Math.max(videoWidth, videoHeight));
      canvas.width = Math.round(videoWidth * scale);
      canvas.height = Math.round(videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
      return reader(data, width, height, { inversionAttempts: 'dontInvert' })?.data;
    },
    ended(call) {
      for (const track of stream.getTracks()) track.addEventListener('ended', call);
    },
    stop() {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

function troubleOf(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'none';
}
