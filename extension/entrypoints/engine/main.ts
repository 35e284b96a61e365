import { chromeShell } from '../../platform/chrome-engine.ts';
import { listenForMessages } from '../../platform/listen.ts';
import { startEngine } from '../../platform/start-engine.ts';

listenForMessages(startEngine(chromeShell));
