; The installer for one user: it needs no administrator, and writes only to that user's folders and registry.
;
;   makensis -DVERSION=0.1.0 -DFILES=folder-with-the-program -DICON=icon.ico -DOUT=installer.exe bittoratio.nsi
;
; Without questions: installer.exe /S, and "%LOCALAPPDATA%\Programs\BittOratio\uninstall.exe" /S, which keeps the data.
Target amd64-unicode ; like the program: a 32-bit Windows refuses it, and wine needs no 32-bit libraries
ManifestDPIAware true
!include "MUI2.nsh"
!include "LogicLib.nsh"

!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define RUN_SWITCHED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" ; where the Task Manager notes that an entry of Run is off
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\BittOratio"
!define OURS "Software\BittOratio"

Name "BittOratio"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\BittOratio"
InstallDirRegKey HKCU "${OURS}" "InstallDir"
SetCompressor /SOLID lzma
BrandingText "BittOratio ${VERSION}"
VIProductVersion "${VERSION}.0"
VIFileVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "BittOratio"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "BittOratio installer"
VIAddVersionKey "CompanyName" "The BittOratio authors"
VIAddVersionKey "LegalCopyright" "2026 The BittOratio authors, MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\BittOratio.exe"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "French"

LangString Program ${LANG_ENGLISH} "BittOratio"
LangString Program ${LANG_FRENCH} "BittOratio"
LangString WithWindows ${LANG_ENGLISH} "Start with Windows, hidden in the tray"
LangString WithWindows ${LANG_FRENCH} "Lancer avec Windows, caché dans la zone de notification"
LangString Running ${LANG_ENGLISH} "BittOratio is running. Choose Quit in the menu of its icon in the tray, then press Retry."
LangString Running ${LANG_FRENCH} "BittOratio est en cours d’exécution. Choisissez Quitter dans le menu de son icône, puis appuyez sur Réessayer."
LangString KeepData ${LANG_ENGLISH} "Keep your data? It holds your settings, the totals reported to each tracker, and pending announces. If you install BittOratio again, it continues from there."
LangString KeepData ${LANG_FRENCH} "Conserver vos données ? Elles contiennent vos réglages, les totaux déclarés à chaque tracker et les annonces en attente. Si vous réinstallez BittOratio, il reprendra de là."

; A running program cannot be replaced or deleted, and if it were killed, its last announces would be lost. So the user is
; asked to quit it. A silent run ends with status 2 instead.
!macro AwaitQuit un
Function ${un}AwaitQuit
  ${DoWhile} ${FileExists} "$INSTDIR\BittOratio.exe"
    ClearErrors
    FileOpen $0 "$INSTDIR\BittOratio.exe" a
    ${IfNot} ${Errors}
      FileClose $0
      Return
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Quit
    again:
  ${Loop}
FunctionEnd
!macroend
!insertmacro AwaitQuit ""
!insertmacro AwaitQuit "un."

Section "$(Program)"
  SectionIn RO
  Call AwaitQuit
  SetOutPath "$INSTDIR"
  File "${FILES}\BittOratio.exe"
  File "${FILES}\LICENSE.txt"
  File "${FILES}\licences.txt"
  File "${FILES}\CHANGELOG.txt"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\BittOratio.lnk" "$INSTDIR\BittOratio.exe"
  WriteRegStr HKCU "${OURS}" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "BittOratio"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The BittOratio authors"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\BittOratio.exe"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  SectionGetSize 0 $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

; The program's own settings write and delete the same registry value.
Section /o "$(WithWindows)"
  DeleteRegValue HKCU "${RUN_SWITCHED}" "BittOratio"
  WriteRegStr HKCU "${RUN}" "BittOratio" '"$INSTDIR\BittOratio.exe" -hidden'
SectionEnd

; RemoveAuthority removes the program's certificate authorities from the user's trusted roots, if they are there. Windows
; asks the user before it deletes one.
Function un.RemoveAuthority
  System::Call 'crypt32::CertOpenSystemStoreW(p 0, w "Root") p .r1'
  ${If} $1 P= 0
    Return
  ${EndIf}
  ; Each search starts from the beginning. The loop ends when none is left, or when the user refuses to delete one.
  ${For} $5 1 16
    ; 1 is X509_ASN_ENCODING, 0x80007 is CERT_FIND_SUBJECT_STR_W
    System::Call 'crypt32::CertFindCertificateInStore(p r1, i 1, i 0, i 0x80007, w "BittOratio ", p 0) p .r2'
    ${If} $2 P= 0
      ${ExitFor}
    ${EndIf}
    System::Call 'crypt32::CertDeleteCertificateFromStore(p r2) i .r4'
    ${If} $4 = 0
      ${ExitFor}
    ${EndIf}
  ${Next}
  System::Call 'crypt32::CertCloseStore(p r1, i 0)'
FunctionEnd

Section "Uninstall"
  Call un.AwaitQuit
  Call un.RemoveAuthority
  Delete "$SMPROGRAMS\BittOratio.lnk"
  Delete "$INSTDIR\BittOratio.exe"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\licences.txt"
  Delete "$INSTDIR\CHANGELOG.txt"
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP" ; Windows cannot delete the current folder
  RMDir "$INSTDIR"
  DeleteRegValue HKCU "${RUN}" "BittOratio"
  DeleteRegValue HKCU "${RUN_SWITCHED}" "BittOratio"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "${OURS}"
  MessageBox MB_YESNO|MB_ICONQUESTION "$(KeepData)" /SD IDYES IDYES kept
  RMDir /r "$LOCALAPPDATA\BittOratio"
  RMDir /r "$APPDATA\fyne\org.bittoratio.BittOratio"
  RMDir "$APPDATA\fyne"
  RMDir /r "$LOCALAPPDATA\fyne\org.bittoratio.BittOratio"
  RMDir "$LOCALAPPDATA\fyne"
  Delete "$LOCALAPPDATA\font_index_v*.cache" ; a list of fonts; other Fyne programs make it again if they need it
  kept:
SectionEnd
